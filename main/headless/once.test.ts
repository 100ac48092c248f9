import { expect, test } from "vitest";
import { problem, type ProblemCode } from "../../shared/problems.ts";
import type { Exposure, Snapshot } from "../../shared/snapshot.ts";
import { judgeOnce } from "./once.ts";

const keys = new Set(["tcp/8080", "udp/9000"]);

function exposure(part: Partial<Exposure>): Exposure {
  return {
    transport: "tcp",
    internalPort: 8080,
    state: "mapped",
    error: null,
    ...part,
  } as Exposure;
}

function failed(code: ProblemCode, part: Partial<Exposure> = {}): Exposure {
  return exposure({ ...part, state: "failed", error: problem(code) });
}

function judge(exposures: readonly Exposure[], timeUp = false) {
  return judgeOnce({ exposures } as Snapshot, keys, timeUp);
}

const udp = { transport: "udp", internalPort: 9000 } as const;

test("is done when all that was asked for is mapped, whatever else there is", () => {
  const other = failed("no-resources", { internalPort: 1 });
  expect(judge([exposure({}), exposure(udp), other])).toEqual({ kind: "mapped" });
});

test("waits while one is missing, under way, or fails for a reason that may pass", () => {
  expect(judge([exposure({})])).toEqual({ kind: "wait" });
  expect(judge([exposure({}), exposure({ ...udp, state: "mapping" })])).toEqual({ kind: "wait" });
  expect(judge([exposure({}), failed("no-response", udp)])).toEqual({ kind: "wait" });
});

test("fails at once when no waiting will help the rest", () => {
  const verdict = judge([exposure({}), failed("not-authorized", udp)]);
  expect(verdict).toEqual({
    kind: "failed",
    reason: expect.stringMatching(/^udp\/9000: The router refuses/),
  });
});

test("lets the others come to their end before it reports a failure", () => {
  const refused = failed("not-authorized", udp);
  expect(judge([exposure({ state: "mapping" }), refused])).toEqual({ kind: "wait" });
});

test("fails with every reason when time is up", () => {
  const verdict = judge([exposure({ state: "mapping" }), failed("no-response", udp)], true);
  expect(verdict).toEqual({
    kind: "failed",
    reason: expect.stringMatching(
      /^tcp\/8080: no answer in time\nudp\/9000: The router does not answer/,
    ),
  });
});
