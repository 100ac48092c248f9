/** Searches over IPv4 and IPv6 keep out of each other's way. */
import type { Clock, Lan } from "../../../environment.ts";

/**
 * Milliseconds. Both in the same instant confuse the FRITZ!Box (https://github.com/libp2p/go-libp2p/issues/3138), and
 * the two are begun independently.
 */
const APART = 100;

/** Monotonic milliseconds of the last search of each family that went, or will go, out through a LAN. */
const lastSearches = new WeakMap<Lan, Readonly<Record<4 | 6, number>>>();

/** Milliseconds until a search over `family` may go out through `lan`: its turn, which is taken by asking. */
export function searchTurn(lan: Lan, clock: Clock, family: 4 | 6): number {
  const last = lastSearches.get(lan) ?? {
    4: Number.NEGATIVE_INFINITY,
    6: Number.NEGATIVE_INFINITY,
  };
  const now = clock.monotonic();
  const at = Math.max(now, last[family === 4 ? 6 : 4] + APART);
  lastSearches.set(lan, { ...last, [family]: at });
  return at - now;
}
