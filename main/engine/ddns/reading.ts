/** What a look at the records means: what is ours of them, what is in the way, what need not be written. */
import type { Problem } from "../../../shared/snapshot.ts";
import { agreed, type ObservedRrset } from "./lookup/observe.ts";
import { ownershipProblem, ownershipRefs } from "./ownership.ts";
import { markerName } from "./plan.ts";
import { type Rrset, rrsetKey, sameData, type SetData, setText } from "./rrset.ts";

export interface Reading {
  readonly fqdn: string;
  /** The text of our marker. */
  readonly marker: string;
  /** The user lets others' records be replaced. */
  readonly takeOver: boolean;
  readonly desired: readonly Rrset[];
  readonly published: readonly Rrset[];
  /** What was read, by `rrsetKey`. */
  readonly sets: ReadonlyMap<string, readonly SetData[]>;
}

export interface JudgedReading {
  /** What stands there, of all that matters; absent sets are empty. */
  readonly actual: ReadonlyMap<string, readonly SetData[]>;
  /** What we believe to have published from now on. */
  readonly published: readonly Rrset[];
  /** Why nothing may be written. */
  readonly blocked: Problem | null;
}

export function judgeReading(reading: Reading): JudgedReading {
  const { fqdn, marker, takeOver, desired, sets } = reading;
  const refs = ownershipRefs(fqdn, desired, reading.published);
  const actual = new Map(refs.map((ref) => [rrsetKey(ref), sets.get(rrsetKey(ref)) ?? []]));
  const standsAs = (rrset: Rrset): boolean =>
    sameData(actual.get(rrsetKey(rrset)) ?? [], rrset.data);
  const wanted = new Set(desired.map(rrsetKey));
  const markerKey = rrsetKey({ name: markerName(fqdn), type: "TXT" });
  const isMarked = (actual.get(markerKey) ?? []).some((data) => setText(data).includes(marker));
  // What somebody else made of a record that we want no more is theirs.
  const published = reading.published.filter(
    (rrset) => isMarked || wanted.has(rrsetKey(rrset)) || standsAs(rrset),
  );
  const blocked = ownershipProblem({ fqdn, marker, takeOver, actual, desired, published });
  if (blocked !== null) return { actual, published, blocked };
  // What already stands as wanted need not be written, but for another TTL.
  const right = new Map(desired.filter(standsAs).map((rrset) => [rrsetKey(rrset), rrset]));
  const known = published.map((rrset) => {
    const data = right.get(rrsetKey(rrset))?.data ?? rrset.data;
    right.delete(rrsetKey(rrset));
    return { ...rrset, data };
  });
  return { actual, published: [...known, ...right.values()], blocked };
}

/**
 * What we believe to have published after servers said something else. Where it can be read at the provider, nothing of
 * that is believed until it is: all of it becomes a change, and the reading tells which.
 */
export function believedAfter(
  different: readonly ObservedRrset[],
  published: readonly Rrset[],
  readable: boolean,
): readonly Rrset[] {
  const seen = new Map(
    different.map((one) => [rrsetKey(one), readable ? [] : (agreed(one) ?? null)]),
  );
  return published.flatMap((rrset) => {
    const data = seen.get(rrsetKey(rrset));
    if (data === undefined || data === null) return [rrset];
    return data.length === 0 ? [] : [{ ...rrset, data }];
  });
}
