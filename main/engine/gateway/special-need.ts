/**
 * What a mapping may need beside opening a port of this PC to everybody. Routers do or refuse that for each protocol
 * apart, so that each need has a protocol of its own.
 */
import type { ProblemCode } from "../../../shared/problems.ts";

/** To open another device, or to let in one visitor alone, or several of them or a network. */
export type SpecialNeed = "other-device" | "one-visitor" | "some-visitors";

export const specialNeeds: readonly SpecialNeed[] = [
  "other-device",
  "one-visitor",
  "some-visitors",
];

interface Wish {
  readonly host?: string | undefined;
  readonly sources?: readonly string[] | undefined;
}

export function needOf({ host, sources = [] }: Wish): SpecialNeed | null {
  if (host !== undefined) return "other-device";
  const [first, ...others] = sources;
  if (first === undefined) return null;
  return others.length > 0 || first.includes("/") ? "some-visitors" : "one-visitor";
}

/**
 * How a protocol says that it opens this PC alone (RFC 6887 §13.1), or that it knows of no other hosts (NAT-PMP), or
 * that it lets in everybody.
 */
const refusals: Readonly<Record<SpecialNeed, ReadonlySet<ProblemCode>>> = {
  "other-device": new Set(["third-party-refused", "unsupported", "sources-unsupported"]),
  "one-visitor": new Set(["sources-unsupported"]),
  "some-visitors": new Set(["sources-unsupported"]),
};

/** True for a refusal that is about the need, and tells nothing of what the protocol does without it. */
export function isAbout(need: SpecialNeed, code: ProblemCode): boolean {
  return refusals[need].has(code);
}
