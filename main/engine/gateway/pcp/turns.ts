/**
 * How many requests a server is given at once. A home router takes some of them a quarter of a second each; what it
 * is sent beyond that waits in its socket, is sent again meanwhile, and is worked off twice.
 */
import type { Cancel, Clock } from "../../environment.ts";

/** Enough for a server that answers at once. */
const AT_ONCE = 4;
/** Milliseconds without an answer after which the next one need not wait any longer. */
const LONGEST_TURN = 4000;

interface Turn {
  readonly begin: () => void;
  /** Ends the turn of one that takes long; null while it has none. */
  limit: Cancel | null;
}

export class Turns {
  readonly #clock: Clock;
  readonly #waiting = new Set<Turn>();
  readonly #taken = new Set<Turn>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `begin` when it is its turn, now or later; the answer gives the turn back, or the wish for one. */
  take(begin: () => void): Cancel {
    const turn: Turn = { begin, limit: null };
    this.#waiting.add(turn);
    this.#next();
    return () => this.#leave(turn);
  }

  #next(): void {
    for (const turn of this.#waiting) {
      if (this.#taken.size >= AT_ONCE) return;
      this.#waiting.delete(turn);
      this.#taken.add(turn);
      turn.limit = this.#clock.after(LONGEST_TURN, () => this.#leave(turn));
      turn.begin();
    }
  }

  #leave(turn: Turn): void {
    this.#waiting.delete(turn);
    turn.limit?.();
    if (this.#taken.delete(turn)) this.#next();
  }
}
