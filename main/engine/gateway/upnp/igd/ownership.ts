/** Whose an entry of a gateway's table is: what Homeport writes into it, and what it reads from it. */
import { sameAddress } from "../../../addresses.ts";
import type { LeaseKey } from "../../port-mapper.ts";
import type { PortEntry } from "./port-entry.ts";

const PREFIX = "Homeport";

/**
 * What stands in the gateway's list. Letters, digits and spaces alone: some routers choke on more. `via`, our address
 * as the gateway sees it, where another host is opened: a Homeport there does not take the entry for its own then, nor
 * we its.
 */
export function descriptionOf(
  { transport, internalPort }: Pick<LeaseKey, "transport" | "internalPort">,
  via: string | null,
): string {
  const port = `${PREFIX} ${transport.toUpperCase()} ${internalPort}`;
  return via === null ? port : port + viaWords(via);
}

/** True when the entry says that the Homeport of this PC made it, for this very port of one of `clients`. */
export function isOurs(
  entry: PortEntry,
  internalPort: number,
  clients: readonly string[],
  via: string | null,
): boolean {
  return saysOurs(entry.description, via) && leadsTo(entry, clients, internalPort);
}

/**
 * True when it is as the lease book says that we made it, under the address that was ours then. Where the router keeps
 * no words, the place where it leads has to do.
 */
export function wasOurs(
  entry: Pick<PortEntry, "externalPort" | "internalClient" | "internalPort" | "description">,
  { externalPort, formerClient, internalPort, host }: Omit<LeaseKey, "nonce">,
): boolean {
  if (formerClient === undefined || entry.externalPort !== externalPort) return false;
  if (!leadsTo(entry, [host ?? formerClient], internalPort)) return false;
  const via = host === undefined ? null : formerClient;
  return entry.description.trim() === "" || saysOurs(entry.description, via);
}

/** True when the Homeport of this PC, which the gateway sees as `own`, made the entry, for whichever host. */
export function isOfThisPc({ description, internalClient }: PortEntry, own: string): boolean {
  return saysOurs(description, sameAddress(internalClient, own) ? null : own);
}

/** True when visitors of the entry come out at `internalPort` of one of `clients`. */
export function leadsTo(
  entry: Pick<PortEntry, "internalClient" | "internalPort">,
  clients: readonly string[],
  internalPort: number,
): boolean {
  return (
    entry.internalPort === internalPort &&
    clients.some((client) => sameAddress(client, entry.internalClient))
  );
}

function saysOurs(description: string, via: string | null): boolean {
  if (!description.startsWith(PREFIX)) return false;
  return via === null ? !/ via [\d ]+$/.test(description) : description.endsWith(viaWords(via));
}

function viaWords(address: string): string {
  return ` via ${address.replaceAll(".", " ")}`;
}
