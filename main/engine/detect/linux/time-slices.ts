/** Long synchronous work in slices, so that the event loop, and with it the window, never waits long for a scan. */

/** Milliseconds; a frame of the window lasts 16. */
const slice = 5;

export class TimeSlices {
  readonly #now: () => number;
  #since: number;

  /** `now` gives monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /** True when it is time to `pause`; asking costs next to nothing. */
  get over(): boolean {
    return this.#now() - this.#since >= slice;
  }

  /** Lets everything else have its turn. */
  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = this.#now();
  }
}
