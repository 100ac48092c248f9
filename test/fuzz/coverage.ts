/** What was run through so far: branches, and roughly how often within one input. */
import type { Counters } from "./counters.ts";

/** Orders of magnitude that are told apart: 1, 2–3, 4–7, 8 or more times. More would reward length alone. */
const ORDERS = 4;

export class Coverage {
  readonly #counters: Counters;
  /** For each counter the orders of magnitude that were seen, as bits. */
  readonly #seen: Uint32Array;

  constructor(counters: Counters) {
    this.#counters = counters;
    this.#seen = new Uint32Array(counters.values.length);
  }

  /** Branches that some input took. */
  get branches(): number {
    return this.#seen.reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0);
  }

  /** Before an input. */
  reset(): void {
    this.#counters.values.fill(0, 0, this.#used);
  }

  /** After an input: true when it took a branch that none took before, or took one far more often. */
  isNew(): boolean {
    const { values } = this.#counters;
    const used = this.#used;
    let found = false;
    for (let index = 0; index < used; index += 1) {
      const times = values[index] ?? 0;
      if (times === 0) continue;
      const bit = 1 << Math.min(ORDERS - 1, 31 - Math.clz32(times));
      const before = this.#seen[index] ?? 0;
      if ((before & bit) !== 0) continue;
      this.#seen[index] = before | bit;
      found = true;
    }
    return found;
  }

  /** Modules that the last input ran through. */
  touched(): Counters["modules"] {
    return this.#counters.modules.filter(({ first, count }) =>
      this.#counters.values.subarray(first, first + count).some((times) => times > 0),
    );
  }

  get #used(): number {
    const last = this.#counters.modules.at(-1);
    return last === undefined ? 0 : last.first + last.count;
  }
}
