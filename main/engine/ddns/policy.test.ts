import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problem } from "../../../shared/problems.ts";
import {
  freshPolicy,
  type Limits,
  mayAsk,
  networkChanged,
  noteRefusal,
  noteSent,
  noteSuccess,
  policyStateSchema,
  type PolicyState,
  rearm,
} from "./policy.ts";
import type { Refusal } from "./refusal.ts";

const limits: Limits = { rates: [], outageSeconds: 1800, throttledSeconds: 900 };
const start = Date.UTC(2026, 0, 1);

function later(
  reason: "throttled" | "outage" | "network" | "server",
  seconds: number | null = null,
): Refusal {
  return {
    kind: "later",
    scope: "account",
    reason,
    seconds,
    problem: problem("dns-server-trouble", reason),
  };
}

/** Seconds until it may be asked again. */
function wait(state: PolicyState, now = start, of = limits): number {
  const permission = mayAsk(state, of, now);
  return permission.kind === "wait" ? (permission.until - now) / 1000 : 0;
}

function refused(refusal: Refusal, state = freshPolicy, now = start): PolicyState {
  return noteRefusal(state, refusal, limits, now, 0.5);
}

test("a fatal code stops for good, over a restart too, until the user does something", () => {
  const stopped = refused({
    kind: "fatal",
    scope: "account",
    problem: problem("dns-credentials", "badauth"),
  });
  const restored = policyStateSchema.parse(JSON.parse(JSON.stringify(stopped)));
  for (const years of [0, 1, 10]) {
    expect(mayAsk(restored, limits, start + years * 365 * 86_400_000)).toMatchObject({
      kind: "stopped",
      problem: { code: "dns-credentials" },
    });
  }
  expect(mayAsk(networkChanged(restored), limits, start).kind).toBe("stopped");
  expect(mayAsk(rearm(restored), limits, start).kind).toBe("send");
});

describe("waiting", () => {
  test.each([
    ["911: as long as the provider's rules say", later("outage"), 1800],
    ["429 with Retry-After: as long as it says", later("throttled", 42), 42],
    ["429 without", later("throttled"), 900],
    ["a server's trouble: back-off", later("server"), 5],
    ["no network: back-off", later("network"), 5],
    ["a Retry-After of years is cut", later("throttled", 1e9), 2 * 86_400],
  ])("%s", (_what, refusal, seconds) => {
    expect(wait(refused(refusal))).toBe(seconds);
  });

  test("back-off doubles up to an hour, and a success ends it", () => {
    let state = freshPolicy;
    const waits: number[] = [];
    for (let failure = 0; failure < 14; failure += 1) {
      state = refused(later("server"), state);
      waits.push(wait(state));
    }
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(waits.at(-1)).toBe(3600);
    expect(wait(refused(later("server"), noteSuccess(state)))).toBe(5);
  });

  test("the network's return ends waits for the network, and no others", () => {
    expect(wait(networkChanged(refused(later("network"))))).toBe(0);
    expect(wait(networkChanged(refused(later("outage"))))).toBe(1800);
    expect(wait(rearm(refused(later("throttled", 60))))).toBe(60);
  });

  test("jitter spreads by a quarter either way", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (fraction) => {
        const state = noteRefusal(freshPolicy, later("server"), limits, start, fraction);
        expect(wait(state)).toBeGreaterThanOrEqual(3.75);
        expect(wait(state)).toBeLessThanOrEqual(6.25);
      }),
    );
  });

  test("a clock set back by years does not make it wait for years", () => {
    const state = refused(later("outage"));
    expect(wait(state, start - 10 * 365 * 86_400_000)).toBeLessThanOrEqual(2 * 86_400);
  });
});

describe("budgets", () => {
  const budget: Limits = {
    ...limits,
    rates: [
      { count: 3, seconds: 10 },
      { count: 48, seconds: 86_400 },
    ],
  };

  test("no span of time ever holds more requests than allowed", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 200, maxLength: 400 });
    fc.assert(
      fc.property(gaps, (steps) => {
        let state = freshPolicy;
        let now = start;
        const sent: number[] = [];
        for (const step of steps) {
          now += step * 100;
          if (mayAsk(state, budget, now).kind !== "send") continue;
          state = noteSent(state, budget, now);
          sent.push(now);
        }
        for (const { count, seconds } of budget.rates) {
          const crowded = sent.filter((at, index) => {
            const nth = sent[index + count];
            return nth !== undefined && nth - at < seconds * 1000;
          });
          expect(crowded).toEqual([]);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("says until when, and outlives a restart", () => {
    let state = freshPolicy;
    for (let request = 0; request < 3; request += 1)
      state = noteSent(state, budget, start + request);
    state = policyStateSchema.parse(JSON.parse(JSON.stringify(noteSuccess(state))));
    expect(mayAsk(state, budget, start + 100)).toEqual({
      kind: "wait",
      until: start + 10_000,
      problem: problem("dns-rate-limit"),
    });
    expect(mayAsk(state, budget, start + 10_000).kind).toBe("send");
  });
});
