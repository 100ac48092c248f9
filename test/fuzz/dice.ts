/** Choices of the fuzzer, the same in each run with the same seed. */
import { SeededRandom } from "../fixtures/seeded-random.ts";

export class Dice {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** 0 to `limit` − 1. */
  below(limit: number): number {
    return Math.floor(this.#random.fraction() * limit);
  }

  /** Mostly small: 1 to `limit`. */
  small(limit: number): number {
    return 1 + Math.floor(limit * this.#random.fraction() * this.#random.fraction());
  }

  chance(one: number): boolean {
    return this.below(one) === 0;
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }
}
