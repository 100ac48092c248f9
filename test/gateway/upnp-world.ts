/** A UPnP client and a fake gateway in one simulated world, for the client's tests. */
import type { GatewayRef } from "../../main/engine/gateway/port-mapper.ts";
import { UpnpClient } from "../../main/engine/gateway/upnp/client.ts";
import { simulatedEnvironment } from "../fixtures/environment.ts";
import { SimulatedLan } from "../fixtures/simulated-lan.ts";
import { FakeIgd } from "./fake-igd.ts";
import { granted as grantedByAnyone } from "./pcp-world.ts";

export function upnpWorld(seed = 1, ref: Partial<GatewayRef> = {}) {
  const environment = simulatedEnvironment(seed);
  const { clock, network } = environment;
  const lan = new SimulatedLan(clock, network);
  const gateway = new FakeIgd({ clock, network, lan });
  const client = new UpnpClient(environment, lan, { address: gateway.address, ...ref });
  /** The losses of state that the client told, in order. */
  const lost: string[] = [];
  client.onStateLost((signal) => lost.push(signal));
  return { environment, clock, network, lan, gateway, client, lost };
}

/** What the gateway grants to `wish()`. */
export const granted = { ...grantedByAnyone, internalClient: "192.0.2.10" };
