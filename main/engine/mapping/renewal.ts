/** When to renew a lease: as RFC 6887 §11.2.1 has it, for every protocol. */
import type { Random } from "../environment.ts";

/** Seconds that two renewal requests for one mapping must lie apart, and a renewal from its grant. */
const LEAST_APART = 4;

/**
 * Seconds after the grant at which renewal number `attempt` (from 0) is due: 1/2–5/8 of the lifetime, then
 * 3/4–3/4+1/16, 7/8–7/8+1/32, and so on, uniform in each window. Where windows come closer than four seconds
 * they move later, so that any two draws keep the distance. The answer never exceeds `grantedLifetime`;
 * being equal to it means that no further renewal fits and the lease ends.
 *
 * Pure in `random`: draw once for each attempt and keep it.
 */
export function renewalDelay(
  grantedLifetime: number,
  attempt: number,
  random: Pick<Random, "fraction">,
): number {
  let earliest = 0;
  let latest = 0;
  for (let step = 0; step <= attempt; step += 1) {
    const left = grantedLifetime / 2 ** (step + 1);
    earliest = Math.max(grantedLifetime - left, latest + LEAST_APART);
    latest = Math.max(earliest, grantedLifetime - left + left / 4);
    if (earliest >= grantedLifetime) return grantedLifetime;
  }
  return Math.min(grantedLifetime, earliest + random.fraction() * (latest - earliest));
}
