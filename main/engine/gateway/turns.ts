/**
 * How many requests a server is given at once. A home router takes some of them a quarter of a second each; what it
 * is sent beyond that waits in its socket, is sent again meanwhile, and is worked off twice.
 */
import type { Cancel, Clock } from "../environment.ts";
import type { OnQueued } from "./port-mapper.ts";

export interface TurnsOptions {
  readonly clock: Clock;
  readonly atOnce: number;
  /** Milliseconds after which the next one need not wait any longer; absent: it waits until the end. */
  readonly longest?: number;
}

interface Turn {
  readonly begin: () => void;
  /** Ends the turn of one that takes long. */
  limit: Cancel | null;
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting = new Set<Turn>();
  readonly #taken = new Set<Turn>();

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Calls `begin` when it is its turn, now or later; the answer gives the turn back, or the wish for one. */
  take(begin: () => void, onQueued?: OnQueued): Cancel {
    let queued = false;
    const turn: Turn = {
      begin: () => {
        if (queued) onQueued?.(false);
        begin();
      },
      limit: null,
    };
    this.#waiting.add(turn);
    this.#next();
    queued = this.#waiting.has(turn);
    if (queued) onQueued?.(true);
    return () => this.#leave(turn);
  }

  #next(): void {
    const { clock, atOnce, longest } = this.#options;
    for (const turn of this.#waiting) {
      if (this.#taken.size >= atOnce) return;
      this.#waiting.delete(turn);
      this.#taken.add(turn);
      if (longest !== undefined) turn.limit = clock.after(longest, () => this.#leave(turn));
      turn.begin();
    }
  }

  #leave(turn: Turn): void {
    this.#waiting.delete(turn);
    turn.limit?.();
    if (this.#taken.delete(turn)) this.#next();
  }
}
