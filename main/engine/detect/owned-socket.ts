/** From single sockets, as each system's adapter finds them, to the Servers of the snapshot. */
import type { Server, ServerProcess, Transport } from "../../../shared/snapshot.ts";
import { type InterfaceOf, describeBind } from "./bind.ts";

/** A listening socket with its owner; null where the system hides it. */
export interface OwnedSocket {
  readonly transport: Transport;
  /** Bind address in canonical text, `0.0.0.0` or `::` for all. */
  readonly address: string;
  readonly port: number;
  readonly process: ServerProcess | null;
}

/** Ports the system gives to sockets that did not ask for one; both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** IANA's dynamic range (RFC 6335 §6), which macOS and Windows use as shipped. */
export const ianaDynamicPorts: PortRange = { first: 49_152, last: 65_535 };

/** No desktop has more; a hostile program must not make every snapshot megabytes long. */
const mostServers = 2048;

/** Sockets that are one Server. */
interface Group {
  readonly key: number;
  readonly first: OwnedSocket;
  readonly addresses: string[];
}

/**
 * One Server per transport, port and owning process, sorted in that order.
 * Two processes on one port (different addresses, or SO_REUSEPORT) stay two Servers.
 * What is as in `before` is the same object here, and so is the list, so that comparing two lists costs nothing.
 */
export function toServers(
  sockets: Iterable<OwnedSocket>,
  ephemeral: PortRange,
  interfaceOf: InterfaceOf,
  before: readonly Server[] = [],
): readonly Server[] {
  const groups = new Map<number, Group>();
  for (const socket of sockets) {
    const key = serverKey(socket);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, first: socket, addresses: [socket.address] });
    else if (!group.addresses.includes(socket.address)) group.addresses.push(socket.address);
  }
  const known = new Map(before.map((server) => [serverKey(server), server]));
  const servers = [...groups.values()]
    .map((group) => toServer(group, ephemeral, interfaceOf, known.get(group.key)))
    .toSorted(compareServers)
    .slice(0, mostServers);
  return isSameList(before, servers) ? before : servers;
}

/** A number, since there may be thousands at each scan: 32 bits of pid (no process has 0), a bit, 16 bits. */
function serverKey({ transport, port, process }: OwnedSocket | Server): number {
  return ((process?.pid ?? 0) * 2 + (transport === "udp" ? 1 : 0)) * 65_536 + port;
}

function toServer(
  group: Group,
  range: PortRange,
  interfaceOf: InterfaceOf,
  before: Server | undefined,
): Server {
  const { transport, port, process } = group.first;
  const addresses = group.addresses.toSorted();
  const bind = describeBind(addresses, interfaceOf);
  const ephemeral = transport === "udp" && port >= range.first && port <= range.last;
  if (
    before !== undefined &&
    before.process === process &&
    before.ephemeral === ephemeral &&
    before.bind?.kind === bind.kind &&
    isSameList(before.bind?.interfaces ?? [], bind.interfaces) &&
    isSameList(before.addresses, addresses)
  ) {
    return before;
  }
  const scope = bind.kind === "loopback" ? "loopback" : "network";
  return { transport, port, addresses, scope, bind, process, ephemeral };
}

function isSameList<Item>(a: readonly Item[], b: readonly Item[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

function compareServers(a: Server, b: Server): number {
  if (a.transport !== b.transport) return a.transport < b.transport ? -1 : 1;
  return a.port - b.port || (a.process?.pid ?? 0) - (b.process?.pid ?? 0);
}
