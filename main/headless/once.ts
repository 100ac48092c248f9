/** When `--once` is done: all mapped, or a reason that waiting will not mend. */
import { exposureKey } from "../../shared/endpoint.ts";
import type { ProblemCode } from "../../shared/problems.ts";
import type { Snapshot } from "../../shared/snapshot.ts";

/** Reasons that may pass by themselves: a router that boots, a cable that is plugged in. */
const passing: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "no-gateway",
  "no-response",
  "network-failure",
  "network-unreachable",
]);

export type OnceVerdict =
  | { readonly kind: "wait" }
  | { readonly kind: "mapped" }
  | { readonly kind: "failed"; readonly reason: string };

/** The verdict over the exposures named by `keys` (`tcp/8080`); `timeUp` turns waiting into a failure. */
export function judgeOnce(
  snapshot: Snapshot,
  keys: ReadonlySet<string>,
  timeUp: boolean,
): OnceVerdict {
  const exposures = snapshot.exposures.filter((exposure) => keys.has(exposureKey(exposure)));
  const open = exposures.filter((exposure) => exposure.state !== "mapped");
  if (open.length === 0 && exposures.length === keys.size) return { kind: "mapped" };
  const final = open.filter(
    ({ state, error }) => state === "failed" && error && !passing.has(error.code),
  );
  const stillOpen = open.length > final.length || exposures.length < keys.size;
  if (stillOpen && !timeUp) return { kind: "wait" };
  const reasons = open.map(
    (exposure) => `${exposureKey(exposure)}: ${exposure.error?.message ?? "no answer in time"}`,
  );
  return { kind: "failed", reason: reasons.join("\n") };
}
