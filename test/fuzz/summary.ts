/** A report in one line. */
import type { FuzzReport } from "./fuzzer.ts";
import type { Target } from "./target.ts";

export function summary(target: Target, report: FuzzReport): string {
  const { runs, branches, corpus, slowest, failures } = report;
  return [
    target.name.padEnd(20),
    `${runs} inputs`,
    `${branches} branches`,
    `corpus ${corpus.length}`,
    `slowest ${slowest.milliseconds.toFixed(1)} ms (${slowest.length} bytes)`,
    failures.length === 0 ? "ok" : `${failures.length} FAILED`,
  ].join("  ");
}
