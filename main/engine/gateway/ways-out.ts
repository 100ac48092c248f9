/** Reads the ways to the internet, and shows them for the user's choice of one. */
import type { NetworkInterface } from "../../../shared/network-interface.ts";
import type { Lan, Network } from "../environment.ts";
import { usableRoutes, type WaysOut } from "./candidates.ts";

/** `chosen`: the user's choice of an interface; null leaves it to us. Rejects when the routes cannot be read. */
export async function readWaysOut(
  network: Pick<Network, "defaultRoutes" | "pcpServers">,
  lan: Pick<Lan, "localAddresses">,
  chosen: string | null,
): Promise<WaysOut> {
  const [routes, pcpServers] = await Promise.all([network.defaultRoutes(), network.pcpServers()]);
  return { routes, pcpServers, locals: lan.localAddresses(), chosen };
}

/** The interfaces that lead to the internet, the system's preferred one first. */
export function interfacesOf(ways: WaysOut): readonly NetworkInterface[] {
  const inUse = ([4, 6] as const).flatMap((family) => usableRoutes(ways, family).slice(0, 1));
  const names = [...new Set(ways.routes.map((route) => route.interface))];
  return names.flatMap((name): NetworkInterface[] => {
    const own = ways.routes.filter((route) => route.interface === name);
    const [first] = own;
    if (first === undefined) return [];
    const local = ways.locals.find((one) => one.interface === name && one.family === 4);
    return [
      {
        name,
        kind: first.kind,
        address: (local ?? ways.locals.find((one) => one.interface === name))?.address ?? null,
        gateway: own.find(({ gateway }) => gateway !== null)?.gateway ?? null,
        inUse: inUse[0]?.interface === name,
      },
    ];
  });
}
