/** From what stands to what is wanted, in an order that a crash may cut anywhere. */
import {
  type Rrset,
  type RrsetChange,
  rrsetKey,
  sameData,
  type SetData,
  type SetType,
} from "./rrset.ts";

/**
 * The changes from `published` to `desired`. What is written first keeps the name right if we die before the next:
 * the marker before what it marks, addresses before records that point to them; on removal the other way round.
 * `actual` is what was read there, where it was, before what we believe.
 */
export function changesBetween(
  published: readonly Rrset[],
  desired: readonly Rrset[],
  actual: ReadonlyMap<string, readonly SetData[]> | null = null,
): readonly RrsetChange[] {
  const standing = new Map(published.map((rrset) => [rrsetKey(rrset), rrset]));
  const wanted = new Set(desired.map(rrsetKey));
  const before = (key: string): readonly SetData[] =>
    actual?.get(key) ?? standing.get(key)?.data ?? [];
  const written = desired.flatMap((rrset): RrsetChange[] => {
    const key = rrsetKey(rrset);
    const old = standing.get(key);
    const there = before(key);
    if (old?.ttl === rrset.ttl && sameData(there, rrset.data)) return [];
    return [
      { name: rrset.name, type: rrset.type, before: there, after: rrset.data, ttl: rrset.ttl },
    ];
  });
  const removed = published.flatMap(({ name, type, ttl }): RrsetChange[] => {
    const key = rrsetKey({ name, type });
    return wanted.has(key) ? [] : [{ name, type, before: before(key), after: [], ttl }];
  });
  const obstacles = desired.flatMap(({ name, type: wantedType }) =>
    obstaclesOf(wantedType).flatMap((type): RrsetChange[] => {
      const there = actual?.get(rrsetKey({ name, type })) ?? [];
      return there.length === 0 ? [] : [{ name, type, before: there, after: [], ttl: 0 }];
    }),
  );
  return [
    ...uniqueByKey(obstacles),
    ...written.toSorted((a, b) => rank(a.type) - rank(b.type)),
    ...removed.toSorted((a, b) => rank(b.type) - rank(a.type)),
  ];
}

/** `published` after `changes` were made. */
export function applyChanges(
  published: readonly Rrset[],
  changes: readonly RrsetChange[],
): readonly Rrset[] {
  const sets = new Map(published.map((rrset) => [rrsetKey(rrset), rrset]));
  for (const { name, type, ttl, after } of changes) {
    if (after.length === 0) sets.delete(rrsetKey({ name, type }));
    else sets.set(rrsetKey({ name, type }), { name, type, ttl, data: after });
  }
  return [...sets.values()];
}

/** Types beside which a set cannot stand: an alias; and where the provider answers, addresses of others. */
export function obstaclesOf(type: SetType): readonly ("A" | "AAAA" | "CNAME")[] {
  return type === "REDIRECT" ? ["CNAME", "A", "AAAA"] : ["CNAME"];
}

function rank(type: SetType): number {
  if (type === "TXT") return 0;
  return type === "A" || type === "AAAA" ? 1 : 2;
}

function uniqueByKey(changes: readonly RrsetChange[]): readonly RrsetChange[] {
  return [...new Map(changes.map((change) => [rrsetKey(change), change])).values()];
}
