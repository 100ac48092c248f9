/** A bounded run over every parser that reads what others wrote, the same each time. `npm run fuzz` goes on from here. */
import { beforeAll, describe, expect, test } from "vitest";
import { failureText, runCampaign } from "./campaign.ts";
import type { FuzzReport } from "./fuzzer.ts";
import { summary } from "./summary.ts";
import { targets } from "./targets/index.ts";

const SEED = 1;
const INPUTS = 1_000_000;

let reports: ReadonlyMap<string, FuzzReport> = new Map();

beforeAll(async () => {
  reports = await runCampaign({
    targets,
    seed: SEED,
    inputs: INPUTS,
    onReport: (target, report) => console.log(summary(target, report)),
  });
}, 900_000);

describe("nothing is thrown, nothing comes out that may not, nothing takes long", () => {
  test.each(targets.map(({ name }) => name))("%s", (name) => {
    const report = reports.get(name);
    expect(report?.failures.map(failureText)).toEqual([]);
    expect(report?.branches).toBeGreaterThan(0);
  });
});

test("over at least a million inputs", () => {
  const tried = [...reports.values()].reduce((sum, { runs }) => sum + runs, 0);
  console.log(`${tried} inputs in all, seed ${SEED}`);
  expect(tried).toBeGreaterThanOrEqual(INPUTS);
});
