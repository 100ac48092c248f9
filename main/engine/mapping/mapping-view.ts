/** What is shown of a mapping, from how far it has come. Pure. */
import { problem } from "../../../shared/problems.ts";
import type { Mapping, Problem } from "../../../shared/snapshot.ts";
import type { Lease } from "../gateway/lease-book.ts";
import { PERMANENT_LEASE } from "../gateway/port-mapper.ts";

/** What an outsider sees of a mapping; `gateway` is also where it is only asked for. */
export interface MappingView extends Mapping {
  /** Ports that are open with it, counted from its own. */
  readonly count: number;
}

export interface MappingFacts {
  readonly wanted: boolean;
  readonly gateway: string | null;
  /** As the gateway confirmed it in this run; null while it has not, or may have lost it. */
  readonly lease: Lease | null;
  /** Why it was refused. */
  readonly refusal: Problem | null;
  /** The gateway has not answered for a while. */
  readonly silent: boolean;
  /** Why there is no gateway. */
  readonly linkProblem: Problem | null;
}

export function mappingView(facts: MappingFacts): MappingView {
  const { wanted, gateway, lease, silent, linkProblem } = facts;
  const ownError = facts.refusal ?? (silent ? problem("no-response") : null);
  const error = ownError ?? linkProblem;
  if (lease === null || lease.externalAddress === null) {
    const asked = error === null ? "mapping" : "failed";
    return {
      state: wanted ? asked : "withdrawing",
      gateway,
      protocol: null,
      endpoint: null,
      expiresAt: null,
      lifetime: null,
      error,
      count: 1,
    };
  }
  return {
    state: wanted ? "mapped" : "withdrawing",
    gateway,
    protocol: lease.protocol,
    endpoint: { address: lease.externalAddress, port: lease.externalPort },
    expiresAt: lease.lifetime === PERMANENT_LEASE ? null : lease.expiresAt,
    lifetime: lease.lifetime,
    error: wanted ? ownError : error,
    count: lease.count ?? 1,
  };
}
