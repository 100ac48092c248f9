/** When to ask the authoritative servers again: fast after a change, rarely while all is well. */
import type { Clock } from "../environment.ts";

/** Seconds after a change at which to look; secondaries follow the primary within seconds, rarely minutes. */
const STEPS = [0, 1, 2, 4, 8, 15, 30, 60, 120, 240] as const;
/** Seconds between looks for changes made behind our back. */
const REST = 6 * 3600;

export class VerificationPace {
  readonly #clock: Clock;
  #step = 0;
  #at: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Monotonic milliseconds of the next look; null before the first `restart`. */
  get at(): number | null {
    return this.#at;
  }

  /** True when what was published should long have been everywhere. */
  get exhausted(): boolean {
    return this.#step >= STEPS.length;
  }

  /** Something was published, or may have changed: look soon. */
  restart(): void {
    this.#step = 0;
    this.again();
  }

  /** Not as it should be yet. */
  again(): void {
    const seconds = STEPS[this.#step] ?? REST;
    this.#step += 1;
    this.#at = this.#clock.monotonic() + seconds * 1000;
  }

  /** As it should be. */
  settled(): void {
    this.#step = 0;
    this.#at = this.#clock.monotonic() + REST * 1000;
  }

  /** A look is under way; its outcome says when the next one is. */
  begun(): void {
    this.#at = null;
  }
}
