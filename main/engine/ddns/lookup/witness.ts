/** What the DNS says of our names: every authoritative server asked itself, and one look at what caches still tell. */
import type { UdpAddress } from "../../environment.ts";
import { type DnsRef, isDns, type Rrset, sameData } from "../rrset.ts";
import { type Authority, findAuthority } from "./authority.ts";
import type { DnsWorld } from "./exchange.ts";
import { observe, type ObservedRrset } from "./observe.ts";
import { resolve } from "./resolver.ts";

/** Milliseconds for which a zone's servers are remembered. */
const AUTHORITY_AGE = 600_000;

export class Witness {
  readonly #world: DnsWorld;
  readonly #authorities = new Map<string, { readonly authority: Authority; readonly at: number }>();

  constructor(world: DnsWorld) {
    this.#world = world;
  }

  /** The network is another: who answers for a name may have to be found afresh. */
  forget(): void {
    this.#authorities.clear();
  }

  /** What all servers of the zone `fqdn` is in say of `refs`; null when nobody could be asked. */
  async observe(
    fqdn: string,
    server: UdpAddress | null,
    refs: readonly DnsRef[],
  ): Promise<readonly ObservedRrset[] | null> {
    const now = this.#world.environment.clock.monotonic();
    let known = this.#authorities.get(fqdn);
    if (known === undefined || now - known.at > AUTHORITY_AGE) {
      const found = await findAuthority(this.#world, fqdn, server);
      if (found.kind === "failed") return null;
      known = { authority: found.authority, at: now };
      this.#authorities.set(fqdn, known);
    }
    return observe(this.#world, known.authority, refs);
  }

  /** Wall clock milliseconds until which the system's resolvers tell something else than these sets; null: they do not. */
  async cachedUntil(published: readonly Rrset[]): Promise<number | null> {
    let longest = 0;
    for (const { name, type, data } of published.filter(isDns)) {
      const outcome = await resolve(this.#world, name, type);
      if (outcome.kind === "failed" || sameData(outcome.answer.data, data)) continue;
      longest = Math.max(longest, outcome.answer.ttl ?? 0);
    }
    return longest === 0 ? null : this.#world.environment.clock.now() + longest * 1000;
  }
}
