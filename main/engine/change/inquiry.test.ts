import { beforeEach, expect, test } from "vitest";
import { problem } from "../../../shared/problems.ts";
import { SimulatedClock } from "../../../test/fixtures/simulated-clock.ts";
import type { PortMapper } from "../gateway/port-mapper.ts";
import { Inquiry } from "./inquiry.ts";

const MINUTE = 60_000;
let clock: SimulatedClock;
let asked: number[];
let looks: number[];
let told: string[];
let mapped: boolean;
let askEvery: number;
let lookEvery: number;
let mapper: PortMapper | null;
let outcome: Awaited<ReturnType<NonNullable<PortMapper["inquire"]>>> | null;
let inquiry: Inquiry;

function mute(): PortMapper {
  return {
    protocol: "pcp",
    probe: () => Promise.resolve(true),
    map: () => Promise.reject(new Error("not here")),
    unmap: () => Promise.reject(new Error("not here")),
    onStateLost: () => undefined,
    close: () => undefined,
  };
}

/** Answers as told; without an answer it waits for ever, and is then given up. */
function askable(): PortMapper {
  return {
    ...mute(),
    inquire: (signal) =>
      new Promise((resolve, reject) => {
        asked.push(clock.monotonic());
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        if (outcome !== null) resolve(outcome);
      }),
  };
}

beforeEach(() => {
  clock = new SimulatedClock();
  asked = [];
  looks = [];
  told = [];
  mapped = false;
  [askEvery, lookEvery] = [60, 5];
  mapper = askable();
  outcome = { kind: "address", address: "52.3.4.5" };
  inquiry = new Inquiry({
    clock,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    askEvery: () => askEvery,
    lookEvery: () => lookEvery,
    mapper: () => mapper,
    hasMappings: () => mapped,
    look: () => looks.push(clock.monotonic()),
    onAddress: (address) => told.push(address),
  });
  inquiry.start();
});

test("asks soon after a gateway came, and then each hour, while nothing is mapped", async () => {
  inquiry.gatewayChanged();
  await clock.advance(3 * 60 * MINUTE);
  expect(asked).toEqual([10_000, 60 * MINUTE, 120 * MINUTE, 180 * MINUTE]);
  expect(told).toEqual(["52.3.4.5", "52.3.4.5", "52.3.4.5", "52.3.4.5"]);
});

test("asks nothing while a mapping stands, whose renewals tell it", async () => {
  mapped = true;
  inquiry.gatewayChanged();
  await clock.advance(10 * 60 * MINUTE);
  expect(asked).toEqual([]);
});

test("the same gateway told again is asked once; another one soon", async () => {
  inquiry.gatewayChanged();
  inquiry.gatewayChanged();
  await clock.advance(20_000);
  expect(asked).toHaveLength(1);
  mapper = askable();
  inquiry.gatewayChanged();
  await clock.advance(10_000);
  expect(asked).toHaveLength(2);
});

test("a late answer of a gateway that is not used any more tells nothing, nor does a refusal", async () => {
  inquiry.gatewayChanged();
  outcome = { kind: "refused", problem: problem("not-authorized"), retryAfter: 30 };
  await clock.advance(10_000);
  outcome = null;
  await clock.advance(60 * MINUTE);
  mapper = null;
  inquiry.gatewayChanged();
  await clock.advance(MINUTE);
  expect(told).toEqual([]);
});

test("looks at our own mappings every five minutes", async () => {
  await clock.advance(16 * MINUTE);
  expect(looks).toEqual([5 * MINUTE, 10 * MINUTE, 15 * MINUTE]);
});

test("another pace counts from when it was chosen", async () => {
  await clock.advance(4 * MINUTE);
  [askEvery, lookEvery] = [15, 30];
  inquiry.paceChanged();
  await clock.advance(40 * MINUTE);
  expect(asked).toEqual([19 * MINUTE, 34 * MINUTE]);
  expect(looks).toEqual([34 * MINUTE]);
  inquiry.stop();
  inquiry.paceChanged();
  expect(clock.pending).toBe(0);
});

test("a protocol that cannot say is not asked, and stop ends all", async () => {
  mapper = mute();
  inquiry.gatewayChanged();
  await clock.advance(MINUTE);
  inquiry.stop();
  await clock.advance(600 * MINUTE);
  expect(asked).toEqual([]);
  expect(clock.pending).toBe(0);
});
