/** From single sockets, as each system's adapter finds them, to the Servers of the snapshot. */
import type { Bind, Server, ServerProcess, Transport } from "../../../shared/snapshot.ts";
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

/**
 * One Server per transport, port and owning process, sorted in that order.
 * Two processes on one port (different addresses, or SO_REUSEPORT) stay two Servers.
 */
export function toServers(
  sockets: Iterable<OwnedSocket>,
  ephemeral: PortRange,
  interfaceOf: InterfaceOf,
): Server[] {
  const groups = new Map<string, { first: OwnedSocket; addresses: Set<string> }>();
  for (const socket of sockets) {
    const key = `${socket.transport}/${socket.port}/${socket.process?.pid ?? ""}`;
    const group = groups.get(key);
    if (group) group.addresses.add(socket.address);
    else groups.set(key, { first: socket, addresses: new Set([socket.address]) });
  }
  return [...groups.values()]
    .map(({ first, addresses }) => {
      const sorted = [...addresses].toSorted();
      return toServer(first, sorted, ephemeral, describeBind(sorted, interfaceOf));
    })
    .toSorted(compareServers)
    .slice(0, mostServers);
}

function toServer(
  socket: OwnedSocket,
  addresses: string[],
  ephemeral: PortRange,
  bind: Bind,
): Server {
  const { transport, port, process } = socket;
  return {
    transport,
    port,
    addresses,
    scope: bind.kind === "loopback" ? "loopback" : "network",
    bind,
    process,
    ephemeral: transport === "udp" && port >= ephemeral.first && port <= ephemeral.last,
  };
}

function compareServers(a: Server, b: Server): number {
  if (a.transport !== b.transport) return a.transport < b.transport ? -1 : 1;
  return a.port - b.port || (a.process?.pid ?? 0) - (b.process?.pid ?? 0);
}
