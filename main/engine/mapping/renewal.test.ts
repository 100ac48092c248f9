import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constantRandom } from "../../../test/fixtures/seeded-random.ts";
import { renewalDelay } from "./renewal.ts";

const atFraction = (lifetime: number, attempt: number, fraction: number): number =>
  renewalDelay(lifetime, attempt, constantRandom(fraction));

describe("renewalDelay (RFC 6887 §11.2.1)", () => {
  test.each([
    [0, 1 / 2, 5 / 8],
    [1, 3 / 4, 3 / 4 + 1 / 16],
    [2, 7 / 8, 7 / 8 + 1 / 32],
    [3, 15 / 16, 15 / 16 + 1 / 64],
  ])("attempt %i lies between the shares %f and %f of the lifetime", (attempt, from, to) => {
    expect(atFraction(7200, attempt, 0)).toBeCloseTo(7200 * from, 6);
    expect(atFraction(7200, attempt, 1)).toBeCloseTo(7200 * to, 6);
  });

  test("no two requests are closer than four seconds, whatever is drawn, and none is after the end", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true })),
        (lifetime, draws) => {
          let previous = 0;
          for (let attempt = 0; attempt < 40; attempt += 1) {
            const draw = draws.next().value ?? 0;
            const at = atFraction(lifetime, attempt, draw);
            expect(at).toBeLessThanOrEqual(lifetime);
            if (at === lifetime) return;
            expect(at - previous).toBeGreaterThanOrEqual(4 - 1e-9);
            previous = at;
          }
          throw new Error("it never ends");
        },
      ),
    );
  });

  test("a lease too short to renew ends", () => {
    expect(atFraction(4, 0, 0)).toBe(4);
    expect(atFraction(1, 0, 0.5)).toBe(1);
  });
});
