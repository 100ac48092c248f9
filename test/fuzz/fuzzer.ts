/** Coverage-guided fuzzing of one target: inputs that reach something new are kept, and become the next ones. */
import { readFileSync } from "node:fs";
import { type Counters } from "./counters.ts";
import { Coverage } from "./coverage.ts";
import { Dice } from "./dice.ts";
import { mutate, stretch, type Material } from "./mutate.ts";
import { shrink } from "./shrink.ts";
import type { Target } from "./target.ts";
import { wordsOf } from "./words.ts";

export interface FuzzOptions {
  readonly target: Target;
  readonly counters: Counters;
  /** What was kept before. */
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  /** Inputs to try. */
  readonly runs: number;
  /** Milliseconds after which it ends although inputs are left. */
  readonly time?: number;
  /** Called before each input, so that one which never ends is known. */
  readonly onInput?: (input: Uint8Array) => void;
}

export interface Failure {
  readonly input: Uint8Array;
  readonly message: string;
}

export interface FuzzReport {
  readonly runs: number;
  readonly branches: number;
  /** The smallest inputs that together reach all that was reached. */
  readonly corpus: readonly Uint8Array[];
  readonly slowest: { readonly milliseconds: number; readonly length: number };
  readonly failures: readonly Failure[];
}

/**
 * Milliseconds of a processor that an input of `length` bytes may take, the best of several tries: a busy machine is not
 * the parser's fault. What it may take grows with the length and no faster; counting makes everything a few times slower.
 */
function patience(length: number): number {
  return 100 + length / 250;
}
/** Milliseconds of a processor that the yardstick takes where these limits were set. */
const YARDSTICK = 45;
const TRIES = 5;
/** Slower inputs than this are measured again. */
const NOTABLE = 1;
/** Bytes of most inputs, and of those that are kept: what is longer finds little more, and slowly. */
const USUAL_LENGTH = 1024;
/** Longer ones than this are not kept, whatever they reach. */
const LONGEST_KEPT = 4096;
/** One input in so many is stretched to the most that the product lets through, to see how long it takes. */
const STRETCH_EVERY = 400;
const MOST_FAILURES = 5;

/** Milliseconds that this thread had a processor; where the system does not tell, those that went by. */
function threadTime(): number {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ", 1)[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

/** How many times slower this machine is, now, than the one where the limits were set; 1 where it is faster. */
function slowness(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TRIES; turn += 1) {
    const start = threadTime();
    yardstick();
    best = Math.min(best, threadTime() - start);
  }
  return Math.max(1, best / YARDSTICK);
}

function yardstick(): number {
  let value = 1;
  for (let turn = 0; turn < 30_000_000; turn += 1) value = (Math.imul(value, 31) + turn) | 0;
  return value;
}

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const fuzzer = new Fuzzer(options);
  return fuzzer.run();
}

class Fuzzer {
  readonly #options: FuzzOptions;
  readonly #coverage: Coverage;
  readonly #dice: Dice;
  readonly #kept: Uint8Array[] = [];
  readonly #failures = new Map<string, Failure>();
  #runs = 0;
  #slowest = { milliseconds: 0, length: 0 };

  constructor(options: FuzzOptions) {
    this.#options = options;
    this.#coverage = new Coverage(options.counters);
    this.#dice = new Dice(options.seed);
  }

  async run(): Promise<FuzzReport> {
    const { target, corpus, runs, time = Number.POSITIVE_INFINITY } = this.#options;
    const ends = performance.now() + time;
    const modules = new Set<Counters["modules"][number]>();
    for (const input of [...corpus, ...target.seeds.map(bytesOf), new Uint8Array()]) {
      await this.#try(input);
      for (const module of this.#coverage.touched()) modules.add(module);
    }
    const material: Material = {
      dice: this.#dice,
      words: wordsOf([...modules], target.words ?? []),
      other: () => this.#pick(),
      maxLength: Math.min(target.maxLength, USUAL_LENGTH),
    };
    while (this.#runs < runs && this.#failures.size < MOST_FAILURES && performance.now() < ends) {
      const parent = this.#pick();
      if (this.#runs % STRETCH_EVERY === 0) {
        await this.#try(stretch(parent, { ...material, maxLength: target.maxLength }), false);
      } else {
        await this.#try(mutate(parent, material));
      }
    }
    return {
      runs: this.#runs,
      branches: this.#coverage.branches,
      corpus: await this.#smallest(),
      slowest: this.#slowest,
      failures: [...this.#failures.values()],
    };
  }

  /** Half of the time one of the newest: they are where the unknown begins. */
  #pick(): Uint8Array {
    const { length } = this.#kept;
    const from = this.#dice.chance(2) ? Math.max(0, length - 16) : 0;
    return this.#kept[from + this.#dice.below(length - from)] ?? new Uint8Array();
  }

  async #try(input: Uint8Array, keep = true): Promise<void> {
    this.#runs += 1;
    this.#coverage.reset();
    const start = performance.now();
    const message = await this.#messageOf(input);
    const milliseconds = performance.now() - start;
    if (message !== null) {
      await this.#fail(input, message);
      return;
    }
    if (keep && input.length <= LONGEST_KEPT && this.#coverage.isNew())
      this.#kept.push(input.slice());
    if (milliseconds > Math.max(NOTABLE, this.#slowest.milliseconds)) await this.#measure(input);
  }

  /** What is wrong with what the target makes of `input`; null when nothing is. */
  async #messageOf(input: Uint8Array): Promise<string | null> {
    this.#options.onInput?.(input);
    try {
      const pending = this.#options.target.run(input);
      if (pending instanceof Promise) await pending;
      return null;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  async #measure(input: Uint8Array): Promise<void> {
    let best = Number.POSITIVE_INFINITY;
    let leastBusy = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < TRIES && best > NOTABLE; turn += 1) {
      const [start, startOnCpu] = [performance.now(), threadTime()];
      await this.#messageOf(input);
      const milliseconds = performance.now() - start;
      best = Math.min(best, milliseconds);
      leastBusy = Math.min(leastBusy, milliseconds, threadTime() - startOnCpu);
    }
    if (best > this.#slowest.milliseconds) {
      this.#slowest = { milliseconds: best, length: input.length };
    }
    const limit = patience(input.length);
    if (leastBusy > limit && leastBusy > limit * slowness()) {
      this.#failures.set("slow", {
        input: input.slice(),
        message: `${input.length} bytes took ${Math.round(leastBusy)} milliseconds`,
      });
    }
  }

  /** One failure of each kind, as small as it gets. */
  async #fail(input: Uint8Array, message: string): Promise<void> {
    const kind = kindOf(message);
    if (this.#failures.has(kind)) return;
    const fails = async (smaller: Uint8Array): Promise<boolean> => {
      const other = await this.#messageOf(smaller);
      return other !== null && kindOf(other) === kind;
    };
    this.#failures.set(kind, { input: await shrink(input, fails), message });
  }

  async #smallest(): Promise<Uint8Array[]> {
    const coverage = new Coverage(this.#options.counters);
    const smallest: Uint8Array[] = [];
    const ordered = this.#kept.toSorted((a, b) => a.length - b.length || Buffer.compare(a, b));
    for (const input of ordered) {
      coverage.reset();
      if ((await this.#messageOf(input)) === null && coverage.isNew()) smallest.push(input);
    }
    return smallest;
  }
}

function bytesOf(seed: Uint8Array | string): Uint8Array {
  return typeof seed === "string" ? Uint8Array.from(Buffer.from(seed)) : seed;
}

/** The place where it was thrown; values in the message differ from input to input. */
function kindOf(message: string): string {
  const place = /\n\s+at [^\n]*/.exec(message)?.[0];
  return place ?? message.replaceAll(/\d+/g, "0").slice(0, 80);
}
