import { expect, test } from "vitest";
import { constantRandom } from "../../../../test/fixtures/seeded-random.ts";
import { nextWait, probeSchedule, requestSchedule } from "./retransmission.ts";

function waits(
  schedule: typeof requestSchedule,
  fraction: number,
  count: number,
): readonly number[] {
  const list: number[] = [];
  for (let index = 0; index < count; index += 1) {
    list.push(nextWait(schedule, list.at(-1) ?? null, constantRandom(fraction)));
  }
  return list;
}

test("RFC 6887 §8.1.1 without its random part: 3 s doubling to 1024 s", () => {
  expect(waits(requestSchedule, 0.5, 12).map((wait) => wait / 1000)).toEqual([
    3, 6, 12, 24, 48, 96, 192, 384, 768, 1024, 1024, 1024,
  ]);
});

test("the random part is a tenth to both sides, of the doubled previous wait", () => {
  const [first = 0, second = 0] = waits(requestSchedule, 0, 2);
  expect(first).toBeCloseTo(2700);
  expect(second).toBeCloseTo(0.9 * 2 * 2700);
  expect(waits(requestSchedule, 1, 1)[0]).toBeCloseTo(3300);
  expect(waits(requestSchedule, 1, 20).at(-1)).toBeCloseTo(1.1 * 1_024_000);
});

test("a probe asks at 200 ms doubling", () => {
  expect(waits(probeSchedule, 0.9, 4)).toEqual([200, 400, 800, 1600]);
});
