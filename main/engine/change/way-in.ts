/** What of the way to this PC can change, as the exposures show it. Pure. */
import { exposureKey } from "../../../shared/endpoint.ts";
import type { Exposure } from "../../../shared/snapshot.ts";

export interface WayIn {
  /** Null while there is none or it is not known: that is no change. */
  readonly gateway: string | null;
  readonly externalAddress: string | null;
  /** Of the router before the router, where ports are open there too. */
  readonly outerAddress: string | null;
  /** Of the servers that were named beside the first, by their own addresses, where ports are open there. */
  readonly furtherAddresses: ReadonlyMap<string, string>;
  /** External ports by exposure, of those that are mapped. */
  readonly ports: ReadonlyMap<string, number>;
}

/** `own`: of this PC's own router. */
export function wayIn(
  own: Pick<WayIn, "gateway" | "externalAddress">,
  exposures: readonly Exposure[],
): WayIn {
  return {
    ...own,
    outerAddress: outermostAddress(exposures),
    furtherAddresses: furtherAddresses(exposures),
    ports: new Map(
      exposures.flatMap((exposure) =>
        exposure.endpoint === null ? [] : [[exposureKey(exposure), exposure.endpoint.port]],
      ),
    ),
  };
}

/** What the router before the router calls its address, where it opened a port of ours. */
function outermostAddress(exposures: readonly Exposure[]): string | null {
  for (const { upstream } of exposures) {
    if (upstream?.state === "mapped" && upstream.endpoint !== null)
      return upstream.endpoint.address;
  }
  return null;
}

/** What the servers beside the first call theirs, where they opened a port of ours; over IPv6 that is this PC's own. */
function furtherAddresses(exposures: readonly Exposure[]): ReadonlyMap<string, string> {
  const mapped = exposures.flatMap(({ further = [] }) => further);
  return new Map(
    mapped.flatMap(({ gateway, endpoint }): [string, string][] =>
      gateway === null || endpoint === null || endpoint.address.includes(":")
        ? []
        : [[gateway, endpoint.address]],
    ),
  );
}
