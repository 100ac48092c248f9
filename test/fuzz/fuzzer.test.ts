/** The fuzzer itself, on parsers whose mistakes are known. */
import { beforeAll, expect, test } from "vitest";
import { buildWorker, runWorker } from "./campaign.ts";
import { Dice } from "./dice.ts";
import type { FuzzReport } from "./fuzzer.ts";
import { mutate, stretch } from "./mutate.ts";

const entry = "test/fuzz/planted/worker.ts";
let guided = "";
let blind = "";
beforeAll(async () => {
  guided = await buildWorker(entry, ["test/fuzz/planted"], "planted");
  blind = await buildWorker(entry, [], "planted-blind");
});

function run(worker: string, target: string, runs = 60_000, endless?: number): Promise<FuzzReport> {
  return runWorker(worker, 8192, { corpus: [], seed: 7, runs, target }, endless);
}

test("what coverage leads to is found, and made small; without coverage it is not", async () => {
  const { failures, runs } = await run(guided, "deep");
  expect(failures.map(({ message }) => message.split("\n", 1)[0])).toEqual([
    "Error: all five steps were taken",
  ]);
  expect(Buffer.from(failures[0]?.input ?? []).toString("latin1")).toMatch(/^SMOZ[XY]$/);
  expect(runs).toBe(60_000);
  expect((await run(blind, "deep")).failures).toEqual([]);
});

test("words of the source are tried", async () => {
  const { failures } = await run(guided, "word");
  expect(Buffer.from(failures[0]?.input ?? []).toString()).toBe("x-planted-word:");
});

test("an input that never ends is ended and told", async () => {
  const { failures } = await run(guided, "endless", 60_000, 3000);
  expect(failures[0]?.message).toContain("does not end");
  expect(failures[0]?.input).toContain(0x80);
});

test("time that grows with the square is found", async () => {
  const { failures, slowest } = await run(guided, "square", 1000);
  expect(failures[0]?.message).toMatch(/^\d+ bytes took \d+ milliseconds$/);
  expect(slowest.length).toBeGreaterThan(4000);
});

test("the same seed does the same", async () => {
  const [first, again] = [await run(guided, "deep", 20_000), await run(guided, "deep", 20_000)];
  expect(first.corpus.length).toBeGreaterThan(1);
  expect(again.corpus).toEqual(first.corpus);
});

test("inputs are new, within bounds, and told by the seed", () => {
  const made = (seed: number): string[] => {
    const words = [Uint8Array.of(1, 2, 3)];
    const input = Uint8Array.from({ length: 40 }, (_, at) => at);
    const material = { dice: new Dice(seed), words, other: () => input, maxLength: 64 };
    return Array.from({ length: 2000 }, (_, turn) => {
      const result = turn % 2 === 0 ? mutate(input, material) : stretch(input, material);
      expect(result.length).toBeLessThanOrEqual(64);
      return Buffer.from(result).toString("hex");
    });
  };
  expect(made(1)).toEqual(made(1));
  expect(made(2)).not.toEqual(made(1));
  expect(new Set(made(1)).size).toBeGreaterThan(1500);
});
