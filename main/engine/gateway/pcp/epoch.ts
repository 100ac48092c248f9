/** Has the server lost its state? Its epoch clock tells, compared with ours (RFC 6887 §8.5). */

/** One reading: the server's epoch and our monotonic clock when it came, both in whole seconds. */
export interface EpochReading {
  readonly server: number;
  readonly client: number;
}

/** False when the server must have restarted, or lost its state otherwise, between the two readings. */
export function isEpochValid(previous: EpochReading, current: EpochReading): boolean {
  // Backwards by more than one second, which reordered packets can explain.
  if (current.server < previous.server - 1) return false;
  const client = current.client - previous.client;
  const server = current.server - previous.server;
  // Too fast, too slow: by more than 1/16 and two seconds of rounding.
  if (client + 2 < server - Math.trunc(server / 16)) return false;
  return server + 2 >= client - Math.trunc(client / 16);
}

/** Remembers the last reading of one server. */
export class EpochWatch {
  #previous: EpochReading | null = null;

  /**
   * Takes in the epoch of a response (seconds) received at `now` (monotonic milliseconds); true when the state
   * was kept. The first reading is always valid; every reading becomes the next reference (§8.5).
   */
  observe(epoch: number, now: number): boolean {
    const valid = this.keeps(epoch, now);
    this.#previous = reading(epoch, now);
    return valid;
  }

  /** What `observe` would say, without taking it in. */
  keeps(epoch: number, now: number): boolean {
    return this.#previous === null || isEpochValid(this.#previous, reading(epoch, now));
  }
}

function reading(epoch: number, now: number): EpochReading {
  return { server: epoch, client: Math.floor(now / 1000) };
}
