/** A bounded run over every parser that reads what others wrote, the same each time. `npm run fuzz` goes on from here. */
import { beforeAll, describe, expect, test } from "vitest";
import { failureText, runCampaign } from "./campaign.ts";
import type { FuzzReport } from "./fuzzer.ts";
import { summary } from "./summary.ts";
import { targets } from "./targets/index.ts";

const SEED = 1;
const INPUTS = 1_640_000;
/** What routers answer in, which any device of the network can send too: a million inputs for these alone. */
const ofRouters = ["pcp-request", "pcp-response", "natpmp", "ssdp", "xml", "soap"];

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

test("over at least a million inputs for the parsers of PCP, NAT-PMP, SSDP, XML and SOAP", () => {
  const tried = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (reports.get(name)?.runs ?? 0), 0);
  console.log(
    `${tried([...reports.keys()])} inputs in all, ${tried(ofRouters)} of them of routers, seed ${SEED}`,
  );
  expect(tried(ofRouters)).toBeGreaterThanOrEqual(1_000_000);
});
