/** How long an answer is waited for: what waits for its turn was not sent yet, and costs no patience. */
import type { Cancel, Clock } from "../environment.ts";
import type { OnQueued } from "./port-mapper.ts";

export class Patience {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  #onLost: (() => void) | null;
  #timer: Cancel | null = null;

  /** Begins at once; `onLost` is called once, unless it ends before. */
  constructor(clock: Clock, milliseconds: number, onLost: () => void) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#onLost = onLost;
    this.#begin();
  }

  /** Whether it waits for its turn; it has all its time again after that. */
  readonly queued: OnQueued = (waits) => {
    this.#timer?.();
    if (!waits) this.#begin();
  };

  end(): void {
    this.#timer?.();
    this.#onLost = null;
  }

  #begin(): void {
    if (this.#onLost === null) return;
    this.#timer = this.#clock.after(this.#milliseconds, () => {
      this.#onLost?.();
      this.#onLost = null;
    });
  }
}
