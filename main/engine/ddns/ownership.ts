/**
 * May we write here? Records are ours when our marker stands beside them, or when they are what we published. Anything
 * else is somebody's, and is replaced only if the user allows it.
 */
import { problem } from "../../../shared/problems.ts";
import type { Problem } from "../../../shared/snapshot.ts";
import { markerName } from "./plan.ts";
import { obstaclesOf } from "./changes.ts";
import { type Rrset, rrsetKey, type RrsetRef, sameData, type SetData, setText } from "./rrset.ts";

export interface OwnershipQuestion {
  readonly fqdn: string;
  readonly marker: string;
  readonly takeOver: boolean;
  /** By `rrsetKey`. */
  readonly actual: ReadonlyMap<string, readonly SetData[]>;
  readonly desired: readonly Rrset[];
  readonly published: readonly Rrset[];
}

/** Null when we may write; else why not. */
export function ownershipProblem(question: OwnershipQuestion): Problem | null {
  const { fqdn, marker, takeOver, actual, desired, published } = question;
  if (takeOver) return null;
  const markers = textsOf(actual.get(rrsetKey({ name: markerName(fqdn), type: "TXT" })) ?? []);
  if (markers.includes(marker)) return null;
  if (markers.some((text) => text.startsWith("heritage=homeport"))) {
    return problem("dns-owned-elsewhere");
  }
  const known = new Set([...published, ...desired].map(rrsetKey));
  const obstacles = new Set(desired.flatMap(obstaclesOfSet).map(rrsetKey));
  const foreign: string[] = [];
  for (const [key, data] of actual) {
    if (data.length === 0) continue;
    const alternatives = [published, desired].flatMap((sets) =>
      sets.filter((rrset) => rrsetKey(rrset) === key),
    );
    if (alternatives.some((rrset) => sameData(rrset.data, data))) continue;
    const [type = "", name = ""] = key.split(" ");
    // What we neither want nor made is nobody's concern, but for what nothing of ours can stand beside.
    if (!known.has(key) && !obstacles.has(key)) continue;
    foreign.push(`${name} ${type} ${data.map(setText).join(", ")}`);
  }
  return foreign.length === 0 ? null : problem("dns-foreign-records", foreign.join("; "));
}

/** What has to be read to judge: all we want or made, the marker, and what may be in the way. */
export function ownershipRefs(
  fqdn: string,
  desired: readonly Rrset[],
  published: readonly Rrset[],
): readonly RrsetRef[] {
  const refs = new Map<string, RrsetRef>();
  const add = (name: string, type: RrsetRef["type"]): void => {
    refs.set(rrsetKey({ name, type }), { name, type });
  };
  add(markerName(fqdn), "TXT");
  for (const { name, type } of [...desired, ...published]) add(name, type);
  for (const { name, type } of desired.flatMap(obstaclesOfSet)) add(name, type);
  return [...refs.values()];
}

function obstaclesOfSet({ name, type }: RrsetRef): readonly RrsetRef[] {
  return obstaclesOf(type).map((obstacle) => ({ name, type: obstacle }));
}

function textsOf(data: readonly SetData[]): readonly string[] {
  return data.flatMap((one) => (one.type === "TXT" ? [one.strings.join("")] : []));
}
