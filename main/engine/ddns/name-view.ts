/** What is shown of a name, worked out from what its publication knows. */
import { problem } from "../../../shared/problems.ts";
import type { NameSetting } from "../../../shared/settings.ts";
import type { Name, NameRecord, NameState, Problem } from "../../../shared/snapshot.ts";
import type { NamePlan } from "./plan.ts";
import { type Rrset, type RrsetChange, rrsetKey, setText } from "./rrset.ts";

export interface NameFacts {
  readonly plan: NamePlan | null;
  readonly published: readonly Rrset[];
  /** What is to be written. */
  readonly changes: readonly RrsetChange[];
  readonly writing: boolean;
  /** All authoritative servers said what we published. */
  readonly visible: boolean;
  /** The records are to stay although nothing is exposed. */
  readonly kept: boolean;
  /** Only the user can end it: other people's records, a refused secret, none at all. */
  readonly blocked: Problem | null;
  /** What went wrong and is tried again, or what a write has to wait for. */
  readonly failure: Problem | null;
}

export function nameState(facts: NameFacts): NameState {
  const { plan, published, changes, blocked, failure } = facts;
  if (blocked !== null) return "blocked";
  if (facts.writing) return "writing";
  if (changes.length > 0) return failure === null ? "planned" : "error";
  if (published.length === 0) return (plan?.problems.length ?? 0) > 0 ? "blocked" : "planned";
  if (failure !== null) return "error";
  const told = plan?.intents.ipv4 === "update" || plan?.intents.ipv6 === "update";
  if (!told && !facts.kept) return "stale";
  return facts.visible ? "visible" : "published";
}

/** The whole, with what only its publication knows. */
export function nameView(facts: NameFacts, rest: Omit<Name, "records" | "shares">): Name {
  const { plan } = facts;
  return {
    ...rest,
    records: nameRecords(facts),
    error: rest.error ?? plan?.problems[0] ?? null,
    shares: (plan?.shares ?? []).map(({ key, text }) => ({ exposure: key, text })),
  };
}

/** A name of an account that is not there. */
export function orphanView({ fqdn, account }: NameSetting): Name {
  return {
    fqdn,
    account,
    provider: "",
    state: "blocked",
    since: new Date(0).toISOString(),
    records: [],
    lastChange: null,
    nextAttempt: null,
    error: problem("dns-account", `there is no account “${account}”`),
    shares: [],
  };
}

/** What is wanted, then what still stands although it is not. */
function nameRecords({
  plan,
  published,
  changes,
}: Pick<NameFacts, "published" | "changes"> & {
  readonly plan: Pick<NamePlan, "rrsets"> | null;
}): readonly NameRecord[] {
  const changing = new Set(changes.map(rrsetKey));
  const desired = plan?.rrsets ?? [];
  const wanted = new Set(desired.map(rrsetKey));
  const removing = published.filter((rrset) => !wanted.has(rrsetKey(rrset)));
  return [...desired, ...removing].flatMap((rrset) =>
    rrset.data.map((data): NameRecord => {
      const state = changing.has(rrsetKey(rrset)) ? "planned" : "published";
      return {
        name: rrset.name,
        type: rrset.type,
        value: setText(data),
        ttl: rrset.ttl,
        state: wanted.has(rrsetKey(rrset)) ? state : "removing",
      };
    }),
  );
}

/** Sets of which nothing stands yet. */
export function plannedRecords(rrsets: readonly Rrset[]): readonly NameRecord[] {
  return nameRecords({
    plan: { rrsets },
    published: [],
    changes: rrsets.map(({ name, type, ttl, data }) => ({
      name,
      type,
      ttl,
      before: null,
      after: data,
    })),
  });
}
