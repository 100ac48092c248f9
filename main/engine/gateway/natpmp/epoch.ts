/** Whether the gateway still has its tables, by its "seconds since start of epoch" (RFC 6886 §3.6). */

/** Share of our own time that the gateway's clock must at least have gone on. */
const SLOWEST = 7 / 8;
/** Seconds of tolerance for rounding and travel. */
const SLACK = 2;

export class NatPmpEpochWatch {
  #last: { readonly epoch: number; readonly at: number } | null = null;

  /** What `observe` would say, without taking it in. */
  keeps(epoch: number, at: number): boolean {
    const last = this.#last;
    if (last === null) return true;
    return epoch >= last.epoch + ((at - last.at) / 1000) * SLOWEST - SLACK;
  }

  /**
   * Takes in `epoch` (seconds) seen at monotonic `at` (milliseconds). False when it is lower than even a slow
   * clock allows: the gateway lost its state. A gateway whose clock runs ahead is no reason (unlike RFC 6887).
   */
  observe(epoch: number, at: number): boolean {
    const kept = this.keeps(epoch, at);
    this.#last = { epoch, at };
    return kept;
  }
}
