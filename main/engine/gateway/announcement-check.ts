/**
 * What follows an announcement that tells something new (RFC 6887 §14.1.3, RFC 6886 §3.2.1): one question to the gateway
 * itself, at once. What was announced is not believed, since any device of the link can send it under the gateway's name;
 * all that such a forger gets is this question, once in so many seconds.
 */
import type { Cancel, Clock } from "../environment.ts";

/** Milliseconds for which one question serves for all announcements, and for which it waits for its answer. */
const ONCE_IN = 3000;

export class AnnouncementCheck {
  readonly #clock: Clock;
  readonly #ask: (signal: AbortSignal) => Promise<unknown>;
  #pause: Cancel | null = null;
  #asking: AbortController | null = null;
  /** News came after the answer. */
  #again = false;

  constructor(clock: Clock, ask: (signal: AbortSignal) => Promise<unknown>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** True while the answer is awaited: what the gateway tells now follows from an announcement. */
  get isAsking(): boolean {
    return this.#asking !== null;
  }

  /** Something was announced that we do not know. */
  news(): void {
    if (this.#pause === null) return this.#begin();
    if (this.#asking === null) this.#again = true;
  }

  close(): void {
    this.#pause?.();
    this.#asking?.abort();
  }

  #begin(): void {
    const asking = new AbortController();
    this.#asking = asking;
    this.#pause = this.#clock.after(ONCE_IN, () => this.#elapsed());
    const answered = (): void => {
      if (this.#asking === asking) this.#asking = null;
    };
    this.#ask(asking.signal).then(answered, answered);
  }

  #elapsed(): void {
    this.#pause = null;
    this.#asking?.abort(new Error("no answer"));
    this.#asking = null;
    if (!this.#again) return;
    this.#again = false;
    this.#begin();
  }
}
