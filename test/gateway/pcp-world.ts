/** A PCP client and a fake gateway in one simulated world, for the client's tests. */
import { setMaxListeners } from "node:events";
import type {
  GatewayRef,
  LeaseRequest,
  MapOutcome,
} from "../../main/engine/gateway/port-mapper.ts";
import { PcpClient } from "../../main/engine/gateway/pcp/client.ts";
import { simulatedEnvironment } from "../fixtures/environment.ts";
import { SeededRandom } from "../fixtures/seeded-random.ts";
import { FakePcpGateway } from "./fake-pcp-gateway.ts";
import { simulatedTransport } from "./transports.ts";

interface PcpWorldOptions {
  readonly seed?: number;
  /** What the client is told of the gateway. */
  readonly ref?: Partial<GatewayRef>;
}

export function pcpWorld({ seed = 1, ref }: PcpWorldOptions = {}) {
  const environment = simulatedEnvironment(seed);
  const { clock, network, random } = environment;
  const address = ref?.address ?? "192.0.2.1";
  const transport = simulatedTransport(network, { address, port: 5351 });
  const gateway = new FakePcpGateway({ clock, transport });
  const client = new PcpClient(environment, { address, ...ref });
  /** The losses of state that the client told, in order. */
  const lost: string[] = [];
  client.onStateLost((signal) => lost.push(signal));
  return { clock, network, random, gateway, client, lost };
}

/** A signal that never aborts, for any number of listeners. */
export const never = new AbortController().signal;
setMaxListeners(0, never);

/** TCP 8080 with always the same nonce. */
export function wish(changes: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    transport: "tcp",
    internalPort: 8080,
    nonce: new SeededRandom(7).bytes(12),
    suggestedPort: 8080,
    suggestedAddress: null,
    lifetime: 7200,
    ...changes,
  };
}

/** What the honest gateway grants to `wish()`. */
export const granted: MapOutcome = {
  kind: "granted",
  externalAddress: "203.0.113.7",
  externalPort: 8080,
  lifetime: 7200,
};

/** What a promise has come to so far, without waiting for it. */
export function watch<T>(promise: Promise<T>): { value: T | undefined; error: unknown } {
  const seen: { value: T | undefined; error: unknown } = { value: undefined, error: undefined };
  promise.then(
    (value) => (seen.value = value),
    (error: unknown) => (seen.error = error),
  );
  return seen;
}
