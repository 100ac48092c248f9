/**
 * Finds out early that a datagram was lost. RFC 6887 §8.1.1 has a client wait three seconds before it asks again,
 * because it cannot tell a lost request from a slow server. It can where the server answers something that was asked
 * later: an ANNOUNCE (§14.1.1) changes nothing and costs next to nothing. So a question that is unanswered after a
 * fifth of a second is followed by one ANNOUNCE, and when its answer comes first, the question is sent once more at
 * once. That is one datagram on evidence, beside the schedule of §8.1.1 and not instead of it (whose times are a
 * SHOULD); a silent or busy server sees one small datagram more in all, and one that answers within a fifth of a
 * second sees nothing of it.
 */
import type { Cancel, Clock } from "../../environment.ts";

interface Waiting {
  /** Sends it once more. */
  hasten(): void;
}

/** Milliseconds; several times what a router on the local network takes for a mapping. */
const SUSPICIOUS_AFTER = 200;

export class LifeSign {
  readonly #clock: Clock;
  readonly #announce: () => void;
  /** Those that may have been lost, and wait for a sign of life. */
  readonly #waiting = new Set<Waiting>();
  readonly #timers = new Map<Waiting, Cancel>();
  #askedAt = Number.NEGATIVE_INFINITY;

  /** `announce` sends an ANNOUNCE request, once. */
  constructor(clock: Clock, announce: () => void) {
    this.#clock = clock;
    this.#announce = announce;
  }

  /** True while the answer to an ANNOUNCE of ours is of interest. */
  get expected(): boolean {
    return this.#waiting.size > 0;
  }

  /** `question` is sent now. */
  watch(question: Waiting): void {
    const sentAt = this.#clock.monotonic();
    const suspect = (): void => {
      this.#timers.delete(question);
      this.#waiting.add(question);
      // Questions that went out together share it.
      if (this.#askedAt > sentAt) return;
      this.#askedAt = this.#clock.monotonic();
      this.#announce();
    };
    this.#timers.set(question, this.#clock.after(SUSPICIOUS_AFTER, suspect));
  }

  /** The server answered an ANNOUNCE. */
  seen(): void {
    for (const question of this.#waiting) question.hasten();
    this.#waiting.clear();
  }

  /** `question` is over. */
  forget(question: Waiting): void {
    this.#timers.get(question)?.();
    this.#timers.delete(question);
    this.#waiting.delete(question);
  }
}
