import { expect, test } from "vitest";
import { NatPmpEpochWatch } from "./epoch.ts";

/** First epoch, milliseconds until the second, second epoch, state kept. */
const cases: [string, number, number, number, boolean][] = [
  ["clocks agree", 100, 10_000, 110, true],
  ["a clock at 7/8 of ours", 1000, 800_000, 1700, true],
  ["two seconds under that", 1000, 800_000, 1698, true],
  ["three seconds under that", 1000, 800_000, 1697, false],
  ["restart", 5000, 60_000, 3, false],
  ["restart, noticed at once", 5000, 100, 0, false],
  ["restart within the first seconds", 1, 1000, 0, true],
  ["a clock that runs twice as fast", 100, 100_000, 300, true],
  ["reordered by two seconds", 100, 0, 98, true],
];

test.each(cases)("%s", (_name, first, elapsed, second, kept) => {
  const watch = new NatPmpEpochWatch();
  expect(watch.observe(first, 7000)).toBe(true);
  expect(watch.observe(second, 7000 + elapsed)).toBe(kept);
});

test("after a restart the new clock is the measure", () => {
  const watch = new NatPmpEpochWatch();
  watch.observe(5000, 0);
  expect(watch.observe(1, 1000)).toBe(false);
  expect(watch.observe(2, 2000)).toBe(true);
});
