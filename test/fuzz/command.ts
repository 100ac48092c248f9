/** `npm run fuzz -- [target] [seconds]`: long runs, whose finds join the corpus. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { corpusDirectory, root, runCampaign } from "./campaign.ts";
import { nameOf, writeCorpus } from "./corpus.ts";
import type { FuzzReport } from "./fuzzer.ts";
import { summary } from "./summary.ts";
import type { Target } from "./target.ts";
import { targets } from "./targets/index.ts";

const usage =
  "npm run fuzz -- [target] [seconds] [seed]   (all targets, 60 seconds each, any seed)";

/** Resolves with the exit code. */
export async function command(words: readonly string[]): Promise<number> {
  const name = words.find((word) => !/^\d+$/.test(word));
  const [seconds = 60, seed = Math.floor(Math.random() * 1e9)] = words
    .filter((word) => /^\d+$/.test(word))
    .map(Number);
  const chosen = targets.filter((target) => name === undefined || target.name === name);
  if (chosen.length === 0) {
    console.log(`${usage}\nTargets: ${targets.map((target) => target.name).join(" ")}`);
    return 2;
  }
  console.log(`seed ${seed}, ${seconds} seconds a target`);
  let failures = 0;
  await runCampaign({
    targets: chosen,
    seed,
    inputs: Number.POSITIVE_INFINITY,
    time: seconds * 1000,
    onReport: (target, report) => {
      console.log(summary(target, report));
      for (const { input, message } of report.failures) {
        failures += 1;
        console.log(`${message}\n  kept in ${keep(target, input)}`);
      }
      // An ended thread has no corpus to tell.
      if (report.corpus.length > 0) writeCorpus(join(corpusDirectory, target.name), report.corpus);
    },
  });
  return failures === 0 ? 0 : 1;
}

function keep(target: Target, input: FuzzReport["corpus"][number]): string {
  const directory = join(root, "out", "fuzz", "failures");
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${target.name}-${nameOf(input)}`);
  writeFileSync(path, input);
  return path;
}
