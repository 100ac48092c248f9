/** What every protocol says where it cannot keep strangers out: then nothing is opened. */
import { problem, type ProblemCode } from "../../../shared/problems.ts";
import type { Refusal } from "./port-mapper.ts";

/** Seconds; what a router cannot do it learns by an update alone. */
const RETRY = 1800;

/** After these nothing may be left standing that was asked for before: it lets in others than the user said. */
const openToStrangers: ReadonlySet<ProblemCode> = new Set([
  "sources-unsupported",
  "excessive-remote-peers",
]);

/** True where not everybody is to be let in. */
export function isLimited({
  sources = [],
}: {
  readonly sources?: readonly string[] | undefined;
}): boolean {
  return sources.length > 0;
}

/** `detail` names the protocol and the evidence. */
export function sourcesRefusal(detail: string): Refusal {
  return { kind: "refused", problem: problem("sources-unsupported", detail), retryAfter: RETRY };
}

/** True for a refusal after which what may stand has to go. */
export function mayStandOpen(code: ProblemCode): boolean {
  return openToStrangers.has(code);
}
