/** What listens on this PC, as far as exposures have to know. Pure. */
import { addressScope } from "../../../shared/address-scope.ts";
import { portKey } from "../../../shared/endpoint.ts";
import { isForSession } from "../../../shared/open-world.ts";
import type { RecognisedServer, Server } from "../../../shared/snapshot.ts";

/** By key (`tcp/8080`). */
export interface Listening {
  readonly all: ReadonlySet<string>;
  /** Those that listen on an IPv6 address. */
  readonly ipv6: ReadonlySet<string>;
  /** Those that no IPv4 visitor could reach, wherever a router sends it. */
  readonly ipv6Alone: ReadonlySet<string>;
  /** Those known as servers that are exposed for a session alone: another program may come to such a number. */
  readonly forSession: ReadonlySet<string>;
}

export function listeningOf(servers: readonly RecognisedServer[]): Listening {
  const keysOf = (which: readonly RecognisedServer[]): ReadonlySet<string> =>
    new Set(which.map(({ transport, port }) => portKey(transport, port)));
  return {
    all: keysOf(servers),
    ipv6: keysOf(servers.filter(hearsIpv6)),
    ipv6Alone: keysOf(servers.filter(isDeafToIpv4)),
    forSession: keysOf(servers.filter(isForSession)),
  };
}

/** True for a server that IPv6 visitors could reach: bound to all addresses or to a global one. */
function hearsIpv6({ addresses }: Server): boolean {
  return addresses.some(
    (address) => address === "::" || (address.includes(":") && addressScope(address) === "public"),
  );
}

/** True for a server bound to IPv6 addresses of its own; `::` mostly takes IPv4 as well, and ::1 nobody from outside. */
function isDeafToIpv4({ addresses }: Server): boolean {
  return addresses.every((address) => address.includes(":") && !["::", "::1"].includes(address));
}
