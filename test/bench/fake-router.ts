/**
 * A PCP router that answers at once, on real sockets in the router's namespace. miniupnpd with logging takes 0.4 s for
 * one mapping among 500: against it, its own pace would be measured.
 */
import { systemClock } from "../../main/engine/system/system-environment.ts";
import { FakePcpGateway } from "../gateway/fake-pcp-gateway.ts";
import { loopbackTransport } from "../gateway/transports.ts";
import { Lab } from "../lab/lab.mjs";
import { stayAlive } from "./bench-engine.ts";

/** Writes a line once it listens, and answers until the process is ended. `lease` in seconds, at most. */
export async function beRouter(_dataDirectory: string, lease: number): Promise<never> {
  stayAlive();
  const transport = await loopbackTransport({ address: Lab.gatewayAddress, port: 5351 });
  const gateway = new FakePcpGateway({ clock: systemClock, transport });
  gateway.server.maximumLifetime = lease;
  process.stdout.write("listens\n");
  return new Promise(() => undefined);
}
