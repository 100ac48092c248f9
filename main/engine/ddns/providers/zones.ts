/** Zones of an account, and names in them. */
import { canonicalName, isWithin } from "../wire/name.ts";

export interface ApiZone {
  /** The provider's own name for it. */
  readonly id: string;
  readonly name: string;
  /** Seconds; the provider refuses less. */
  readonly minimumTtl: number;
}

/** For providers that tell of one zone by its name: the longest that `find` knows, asked from the name itself upwards. */
export async function askForZone(
  fqdn: string,
  find: (name: string) => Promise<ApiZone | null>,
): Promise<ApiZone | null> {
  const labels = canonicalName(fqdn).split(".");
  // Nobody has a top level domain there.
  for (let cut = 0; cut < labels.length - 1; cut += 1) {
    const zone = await find(labels.slice(cut).join("."));
    if (zone !== null) return zone;
  }
  return null;
}

/** For providers that list all: the longest that holds the name, since one may lie inside another. */
export function zoneHolding(fqdn: string, zones: Iterable<ApiZone>): ApiZone | null {
  let longest: ApiZone | null = null;
  for (const zone of zones) {
    if (isWithin(fqdn, zone.name) && zone.name.length > (longest?.name.length ?? 0)) longest = zone;
  }
  return longest;
}

/** The name relative to its zone; `apex` for the zone itself. */
export function labelIn(name: string, zone: ApiZone, apex: "" | "@"): string {
  const canonical = canonicalName(name);
  return canonical === zone.name ? apex : canonical.slice(0, -zone.name.length - 1);
}

/** The inverse of `labelIn`. */
export function nameIn(label: string, zone: ApiZone): string {
  return label === "" || label === "@" ? zone.name : canonicalName(`${label}.${zone.name}`);
}
