/** A NAT-PMP client before its gateway, on the simulated clock. */
import { NatPmpClient } from "../../main/engine/gateway/natpmp/client.ts";
import type { GatewayRef } from "../../main/engine/gateway/port-mapper.ts";
import { simulatedEnvironment } from "../fixtures/environment.ts";
import { FakeNatPmpGateway } from "./fake-natpmp-gateway.ts";
import { simulatedTransport } from "./transports.ts";

export function natPmpWorld(seed = 1, ref: Partial<GatewayRef> = {}) {
  const environment = simulatedEnvironment(seed);
  const { clock, network } = environment;
  const gateway = new FakeNatPmpGateway({ clock, transport: simulatedTransport(network) });
  const client = new NatPmpClient(environment, { address: gateway.address.address, ...ref });
  const lost: string[] = [];
  client.onStateLost((signal) => lost.push(signal));
  const moved: string[] = [];
  client.onMoved((to, signal) => moved.push(`${signal}: ${to}`));
  return { clock, network, gateway, client, lost, moved };
}
