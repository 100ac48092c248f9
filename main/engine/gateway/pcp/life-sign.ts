/**
 * Finds out early that a datagram was lost. RFC 6887 §8.1.1 has a client wait three seconds before it asks again,
 * because it cannot tell a lost request from a slow server. It can where the server answers something that was asked
 * later: an ANNOUNCE (§14.1.1) changes nothing and costs next to nothing. So a question that is unanswered after 150 ms
 * is followed by an ANNOUNCE, and when its answer comes first, the question is sent once more at once; and so once
 * again. That is a datagram on evidence each time, beside the schedule of §8.1.1 and not instead of it (whose times are
 * a SHOULD); a silent or busy server sees three small datagrams more in all, since one of them may be lost as well, and
 * one that answers within 150 ms sees nothing of it.
 */
import type { Cancel, Clock } from "../../environment.ts";

interface Waiting {
  /** Sends it once more. */
  hasten(): void;
}

/** Milliseconds; several times what a router on the local network takes for a mapping. */
const SUSPICIOUS_AFTER = 150;
/** Times that one question is sent again on evidence: what is sent again may be lost as well. */
const MOST_HASTENED = 2;
/** Milliseconds until an ANNOUNCE that is not answered is followed by another, and by a last one. */
const ANNOUNCE_AGAIN = [400, 800] as const;
/** Milliseconds for an answer; twice what a server takes for all that it is given at once (`../turns.ts`). */
const LATEST_ANSWER = 2000;

export class LifeSign {
  readonly #clock: Clock;
  readonly #announce: () => void;
  /** When each was sent that may have been lost and waits for a sign of life; monotonic milliseconds, as all here. */
  readonly #waiting = new Map<Waiting, number>();
  readonly #timers = new Map<Waiting, Cancel>();
  /** How many times each was sent again. */
  readonly #hastened = new Map<Waiting, number>();
  /** When each ANNOUNCE went out that is not answered yet: a server answers them in their order. */
  #asked: readonly number[] = [];
  /** When the latest ANNOUNCE went out that was answered: what was sent before it and is unanswered was lost. */
  #provenTo = Number.NEGATIVE_INFINITY;
  #again: Cancel | null = null;

  /** `announce` sends an ANNOUNCE request, once. */
  constructor(clock: Clock, announce: () => void) {
    this.#clock = clock;
    this.#announce = announce;
  }

  /** True while the answer to an ANNOUNCE of ours is of interest. */
  get expected(): boolean {
    return this.#asked.length > 0;
  }

  /** `question` is sent now. */
  watch(question: Waiting): void {
    const sentAt = this.#clock.monotonic();
    const suspect = (): void => {
      this.#timers.delete(question);
      // The answer that tells it may have come already, to an ANNOUNCE that another question needed.
      if (this.#provenTo > sentAt) return this.#hasten(question);
      this.#waiting.set(question, sentAt);
      // Questions that went out together share it.
      if (this.#asked.some((askedAt) => askedAt > sentAt)) return;
      this.#ask(0);
    };
    this.#timers.set(question, this.#clock.after(SUSPICIOUS_AFTER, suspect));
  }

  /** The server answered an ANNOUNCE. */
  seen(): void {
    const [askedAt, ...others] = this.#awaited();
    if (askedAt === undefined) return;
    this.#asked = others;
    this.#provenTo = askedAt;
    for (const [question, sentAt] of this.#waiting) {
      if (sentAt >= askedAt) continue;
      this.#waiting.delete(question);
      this.#hasten(question);
    }
    this.#rest();
  }

  /** `question` is over. */
  forget(question: Waiting): void {
    this.#timers.get(question)?.();
    this.#timers.delete(question);
    this.#waiting.delete(question);
    this.#hastened.delete(question);
    this.#rest();
  }

  #hasten(question: Waiting): void {
    const times = (this.#hastened.get(question) ?? 0) + 1;
    this.#hastened.set(question, times);
    question.hasten();
    if (times < MOST_HASTENED) this.watch(question);
  }

  #ask(repeats: number): void {
    this.#asked = [...this.#awaited(), this.#clock.monotonic()];
    this.#announce();
    this.#again?.();
    const wait = ANNOUNCE_AGAIN[repeats];
    this.#again = wait === undefined ? null : this.#clock.after(wait, () => this.#ask(repeats + 1));
  }

  #awaited(): readonly number[] {
    const now = this.#clock.monotonic();
    return this.#asked.filter((askedAt) => now - askedAt < LATEST_ANSWER);
  }

  /** What waits for nothing needs no answer. */
  #rest(): void {
    if (this.#waiting.size > 0) return;
    this.#again?.();
    this.#again = null;
    // A late answer would be taken for that to a later ANNOUNCE, of which it tells nothing.
    if (this.#timers.size === 0) this.#asked = [];
  }
}
