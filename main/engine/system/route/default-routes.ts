/** Which entries of a route table lead to the internet. */
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
 * Prefixes that together cover the internet and go before a default route, being longer. VPNs install them so that
 * the default route survives: OpenVPN `redirect-gateway def1` both of IPv4 and 2000::/3 or its two halves of IPv6,
 * WireGuard what is written into `AllowedIPs`.
 */
const insteadOfDefault: Readonly<Record<4 | 6, readonly (readonly string[])[]>> = {
  4: [["0.0.0.0/1", "128.0.0.0/1"]],
  6: [["::/1", "8000::/1"], ["2000::/3"], ["2000::/4", "3000::/4"]],
};

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
    const found = [...divided(ofFamily, insteadOfDefault[family]), ...whole];
    return distinct(found).map(({ gateway, interface: name }) => ({
      family,
      gateway,
      interface: name,
      kind: kindOf(name),
    }));
  });
}

/** The parts of a default route that was divided, one entry an interface. */
function divided(
  routes: readonly TableRoute[],
  sets: readonly (readonly string[])[],
): readonly TableRoute[] {
  const interfaces = [...new Set(routes.map((route) => route.interface))];
  return interfaces.flatMap((name) => {
    const own = routes.filter((route) => route.interface === name);
    const has = (wanted: string): boolean => own.some(({ destination }) => destination === wanted);
    const parts = sets.find((set) => set.every(has));
    return own.filter(({ destination }) => destination === parts?.[0]).slice(0, 1);
  });
}

function distinct(routes: readonly TableRoute[]): TableRoute[] {
  const seen = new Map<string, TableRoute>();
  for (const route of routes) {
    const key = `${route.interface} ${route.gateway}`;
    if (!seen.has(key)) seen.set(key, route);
  }
  return [...seen.values()];
}
