/**
 * Whom to ask to open ports, best first. The choice of interface comes before: the way to the internet that does not
 * lead through a tunnel, since a mapping on the home router does not open the far end of a VPN.
 */
import ipaddr from "ipaddr.js";
import { isOnLink } from "../addresses.ts";
import type { DefaultRoute, LocalAddress, PcpServerOption } from "../environment.ts";
import { familyOf, furtherLayers } from "./layer.ts";
import type { GatewayRef } from "./port-mapper.ts";

/** What is known of the ways to the internet. */
export interface WaysOut {
  /** The system's preferred one of each family first. */
  readonly routes: readonly DefaultRoute[];
  readonly locals: readonly LocalAddress[];
  /** That DHCP named, one after the other. */
  readonly pcpServers: readonly PcpServerOption[];
  /** The interface that the user chose; null leaves it to us. */
  readonly chosen: string | null;
}

/** PCP anycast addresses (RFC 7723 §4): a server that the network offers without saying where it stands. */
const ANYCAST4 = "192.0.0.9";
const ANYCAST6 = "2001:1::1";
/** Servers of one family beyond these are not asked. */
const MOST_SERVERS = 1 + furtherLayers.filter((layer) => familyOf(layer) === 4).length;
/** The AFTR of a DS-Lite tunnel (RFC 6333 §5.7); there is no such address outside of one. */
const AFTR = "192.0.0.1";

/** Physical before virtual before tunnels; among equals the system's order. */
function rank({ kind }: DefaultRoute): number {
  return kind === "vpn" ? 2 : kind === "virtual" ? 1 : 0;
}

/**
 * The routes whose routers may be asked, best first. A tunnel's only where there is nothing else or the user chose
 * it, and none where the interface that the user chose is away.
 */
export function usableRoutes(
  { routes, chosen }: Pick<WaysOut, "routes" | "chosen">,
  family: 4 | 6,
): readonly DefaultRoute[] {
  const withRouter = routes.filter((route) => route.family === family && route.gateway !== null);
  if (chosen !== null) return withRouter.filter((route) => route.interface === chosen);
  const sorted = withRouter.toSorted((a, b) => rank(a) - rank(b));
  const direct = sorted.filter((route) => route.kind !== "vpn");
  return direct.length > 0 ? direct : sorted;
}

/** True where the system itself sends to the internet by `route`, so that what is not on a link leaves by it too. */
function isPreferred({ routes }: WaysOut, route: DefaultRoute): boolean {
  const first = routes.find(({ family }) => family === route.family);
  return first?.interface === route.interface;
}

/**
 * Whom to ask on one family. Several servers may control several devices in the way or several ways out, so that a
 * mapping is made with each (RFC 7488 §4).
 */
export interface Candidates {
  /** Of the server named first, then the routers and who is asked at last: the first that answers is used. */
  readonly first: readonly GatewayRef[];
  /** Of each further server its addresses, in the order named. */
  readonly further: readonly (readonly GatewayRef[])[];
}

/** `byHand`: the gateways that the user named, each a server of one address; nobody else is asked then. */
export function candidates4(byHand: readonly string[], ways: WaysOut): Candidates {
  const own = byHand.filter((address) => !address.includes(":"));
  if (own.length > 0) return serversAt(own);
  const routes = usableRoutes(ways, 4);
  const routers = routes.flatMap((route) =>
    route.gateway === null ? [] : [{ address: route.gateway, ...sentFrom4(ways, route) }],
  );
  const named = namedServers(ways, routes[0], (address) =>
    isOnLinkOf(ways, routes[0], address) ? sentFrom4(ways, routes[0]) : {},
  );
  const last = reachesBeyondLink(ways, routes[0]) ? [ANYCAST4, AFTR] : [];
  return withNamedFirst(
    named,
    routers,
    last.map((address) => ({ address })),
  );
}

/** Servers of one address each, which may speak what they like. */
export function serversAt(
  addresses: readonly string[],
  common: Pick<GatewayRef, "localAddress"> = {},
): Candidates {
  const [first = [], ...further] = addresses.map((address) => [{ address, ...common }]);
  return { first, further };
}

/**
 * True where the system itself sends to the internet through the router at `address`, or, of a server that stands
 * beyond the link, by the way on which it stands.
 */
export function isOnSystemsWay(ways: WaysOut, address: string): boolean {
  const first = ways.routes.find(({ family }) => family === 4);
  if (first === undefined || first.gateway === address) return first !== undefined;
  return !isOnLink(address, ways.locals);
}

/** True where what is not on the link leaves by `route`, and not into a tunnel: there it would reach strangers. */
function reachesBeyondLink(ways: WaysOut, route: DefaultRoute | undefined): boolean {
  return route !== undefined && route.kind !== "vpn" && isPreferred(ways, route);
}

/**
 * The addresses of each server that DHCP named on the interface of `route`, as far as they can be reached there. An
 * address is of one server alone: the same lease may stand in several files.
 */
function namedServers(
  ways: WaysOut,
  route: DefaultRoute | undefined,
  sentFrom: (address: string) => Pick<GatewayRef, "localAddress">,
): readonly (readonly GatewayRef[])[] {
  if (route === undefined) return [];
  const seen = new Set<string>();
  return ways.pcpServers
    .filter((server) => server.family === route.family && server.interface === route.interface)
    .map(({ addresses }) =>
      addresses.filter((address) => {
        const isNew = !seen.has(address);
        seen.add(address);
        return isNew && (reachesBeyondLink(ways, route) || isOnLinkOf(ways, route, address));
      }),
    )
    .filter((addresses) => addresses.length > 0)
    .slice(0, MOST_SERVERS)
    .map((addresses) => {
      const sameServer = addresses.length > 1 ? { sameServer: addresses } : {};
      return addresses.map((address) => ({ address, ...sentFrom(address), ...sameServer }));
    });
}

function isOnLinkOf(ways: WaysOut, route: DefaultRoute | undefined, address: string): boolean {
  return isOnLink(
    address,
    ways.locals.filter((local) => local.interface === route?.interface),
  );
}

/**
 * The server that DHCP named first, the routers, and who is asked at last; the further servers apart. A router that is
 * named too may speak what it likes; all others are PCP servers and nothing else.
 */
function withNamedFirst(
  named: readonly (readonly GatewayRef[])[],
  routers: readonly GatewayRef[],
  last: readonly GatewayRef[],
): Candidates {
  const servers = named.map((server) =>
    server.map((ref): GatewayRef => {
      const router = routers.find(({ address }) => address === ref.address);
      return router === undefined ? { ...ref, protocols: ["pcp"] } : { ...ref, ...router };
    }),
  );
  const [first = [], ...further] = servers;
  const taken = new Set(servers.flat().map(({ address }) => address));
  const others = [
    ...routers,
    ...last.map((server): GatewayRef => ({ ...server, protocols: ["pcp"] })),
  ];
  return { first: [...first, ...others.filter(({ address }) => !taken.has(address))], further };
}

/** An address of ours to send from, where the system would take another interface. */
function sentFrom4(
  ways: WaysOut,
  route: DefaultRoute | undefined,
): Pick<GatewayRef, "localAddress"> {
  if (route === undefined || isPreferred(ways, route)) return {};
  const own = ways.locals.filter(
    ({ family, interface: name }) => family === 4 && name === route.interface,
  );
  const address = (own.find((local) => isOnLink(route.gateway ?? "", [local])) ?? own[0])?.address;
  return address === undefined ? {} : { localAddress: address };
}

/**
 * For IPv6 the address that is opened is the one sent from, and the caller asks `stableAddress6` of the interface for
 * it. Null where nobody can be asked.
 */
export function interface6(byHand: readonly string[], ways: WaysOut): string | null {
  // The demo network, or a daemon on this PC: the user's own router is to be left alone.
  if (byHand.some(isLoopback)) return null;
  return usableRoutes(ways, 6)[0]?.interface ?? null;
}

/** `localAddress`: the stable address of `interface6`. */
export function candidates6(
  byHand: readonly string[],
  ways: WaysOut,
  localAddress: string | null,
): Candidates {
  const name = interface6(byHand, ways);
  const own = byHand.filter((address) => address.includes(":"));
  if (own.length > 0) return serversAt(own, localAddress === null ? {} : { localAddress });
  if (name === null || localAddress === null) return serversAt([]);
  const routes = usableRoutes(ways, 6).filter((route) => route.interface === name);
  const routers = routes.flatMap(({ gateway }) =>
    // NAT-PMP knows IPv4 alone.
    gateway === null
      ? []
      : [{ address: gateway, localAddress, protocols: ["pcp", "upnp"] as const }],
  );
  const named = namedServers(ways, routes[0], () => ({ localAddress }));
  const last = reachesBeyondLink(ways, routes[0]) ? [{ address: ANYCAST6, localAddress }] : [];
  return withNamedFirst(named, routers, last);
}

function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "loopback";
}
