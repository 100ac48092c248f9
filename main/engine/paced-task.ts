/** What follows from every change, for all changes of one moment at once. */
import type { Clock } from "./environment.ts";

/** It rests so many times as long as it took, so that it never takes more than a fifth of the processor. */
const REST = 4;
/** Milliseconds that it rests at most. */
const LONGEST_REST = 250;

export class PacedTask {
  readonly #clock: Clock;
  readonly #task: () => void;
  #asked = false;
  /** Monotonic milliseconds. */
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, task: () => void) {
    this.#clock = clock;
    this.#task = task;
  }

  /** Has it done once more: at the end of what runs now, or after its rest. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    const rest = this.#restsUntil - this.#clock.monotonic();
    if (rest > 0) this.#clock.after(rest, () => this.#run());
    else queueMicrotask(() => this.#run());
  }

  #run(): void {
    this.#asked = false;
    const start = this.#clock.monotonic();
    this.#task();
    const end = this.#clock.monotonic();
    this.#restsUntil = end + Math.min((end - start) * REST, LONGEST_REST);
  }
}
