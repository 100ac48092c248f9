/** A UPnP client and a fake gateway in one simulated world, for the client's tests. */
import type {
  GatewayRef,
  LeaseKey,
  LeaseRequest,
  MapOutcome,
  UnmapOutcome,
} from "../../main/engine/gateway/port-mapper.ts";
import { UpnpClient } from "../../main/engine/gateway/upnp/igd/client.ts";
import { simulatedEnvironment } from "../fixtures/environment.ts";
import { SimulatedLan } from "../fixtures/simulated-lan.ts";
import { FakeIgd } from "./fake-igd.ts";
import { never, watch, wish } from "./pcp-world.ts";
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

export type UpnpWorld = ReturnType<typeof upnpWorld>;

/** Asks for a mapping, and lets the time pass that it takes. */
export async function map(
  { client, clock }: UpnpWorld,
  change: Partial<LeaseRequest> = {},
): Promise<MapOutcome> {
  const outcome = watch(client.map(wish(change), never));
  await clock.advanceUntil(() => outcome.value !== undefined, 60_000);
  if (outcome.value === undefined) throw new Error("no outcome");
  return outcome.value;
}

/** Asks for it to be closed, and lets the time pass that it takes. */
export async function unmap(
  { client, clock }: UpnpWorld,
  key: Partial<LeaseKey> = {},
): Promise<UnmapOutcome> {
  const { transport, internalPort, nonce } = wish();
  const outcome = watch(client.unmap({ transport, internalPort, nonce, ...key }, never));
  await clock.advanceUntil(() => outcome.value !== undefined, 60_000);
  if (outcome.value === undefined) throw new Error("no outcome");
  return outcome.value;
}
