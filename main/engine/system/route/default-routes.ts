/** Which entries of a route table lead to the internet. */
import ipaddr from "ipaddr.js";
import type { InterfaceKind } from "../../../../shared/network-interface.ts";
import type { DefaultRoute } from "../../environment.ts";

/** One entry of the system's table. */
export interface TableRoute {
  readonly family: 4 | 6;
  /** Address and prefix length in their shortest form, e.g. `128.0.0.0/1` or `::/0`. */
  readonly destination: string;
  /** Null for a route that needs no gateway. */
  readonly gateway: string | null;
  readonly interface: string;
  /** The lower the better; among equals the system's order counts. */
  readonly metric: number;
}

/**
 * Addresses all over the internet. VPNs leave the default route alone and put longer prefixes before it, which together
 * take in all of these: OpenVPN `redirect-gateway def1` two halves, WireGuard's "exclude private IPs" some thirty pieces.
 */
const allOver: Readonly<Record<4 | 6, readonly ipaddr.IPv4[] | readonly ipaddr.IPv6[]>> = {
  4: ["1.1.1.1", "11.0.0.1", "23.0.0.1", "47.0.0.1", "80.0.0.1", "120.0.0.1"]
    .concat("133.0.0.1", "150.0.0.1", "163.0.0.1", "185.0.0.1", "200.0.0.1", "216.0.0.1")
    .map((address) => ipaddr.IPv4.parse(address)),
  6: ["2001:4860::1", "2400::1", "2600::1", "2800::1", "2a00::1", "2c00::1", "3000::1"].map(
    (address) => ipaddr.IPv6.parse(address),
  ),
};
/** Bits of the longest such piece around one of them. */
const LONGEST_PIECE = 8;

const wholeDefault: Readonly<Record<4 | 6, string>> = { 4: "0.0.0.0/0", 6: "::/0" };

/** The ways to the internet in the order in which the system takes them. */
export function defaultRoutes(
  table: readonly TableRoute[],
  kindOf: (interfaceName: string) => InterfaceKind,
): DefaultRoute[] {
  return ([4, 6] as const).flatMap((family) => {
    const ofFamily = table
      .filter((route) => route.family === family)
      .toSorted((a, b) => a.metric - b.metric);
    const whole = ofFamily.filter(({ destination }) => destination === wholeDefault[family]);
    const found = [...divided(ofFamily, family), ...whole];
    return distinct(found).map(({ gateway, interface: name }) => ({
      family,
      gateway,
      interface: name,
      kind: kindOf(name),
    }));
  });
}

/** The pieces of a default route that was divided, one entry an interface. */
function divided(routes: readonly TableRoute[], family: 4 | 6): readonly TableRoute[] {
  const pieces = routes
    .map((route) => ({ route, prefix: prefixOf(route.destination) }))
    .filter(({ prefix: [, length] }) => length > 0 && length <= LONGEST_PIECE);
  const interfaces = [...new Set(pieces.map(({ route }) => route.interface))];
  return interfaces.flatMap((name) => {
    const own = pieces.filter(({ route }) => route.interface === name);
    const carrying = allOver[family].map((address) =>
      own.find(({ prefix: [network, length] }) => address.match(network, length)),
    );
    const [first] = carrying;
    return first !== undefined && !carrying.includes(undefined) ? [first.route] : [];
  });
}

function prefixOf(destination: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  return ipaddr.parseCIDR(destination);
}

function distinct(routes: readonly TableRoute[]): TableRoute[] {
  const seen = new Map<string, TableRoute>();
  for (const route of routes) {
    const key = `${route.interface} ${route.gateway}`;
    if (!seen.has(key)) seen.set(key, route);
  }
  return [...seen.values()];
}
