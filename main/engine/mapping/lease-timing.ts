/** When a granted lease is renewed, and when it ends. Times are monotonic milliseconds, lifetimes seconds. */
import type { Random } from "../environment.ts";
import { renewalDelay } from "./renewal.ts";

export class LeaseTiming {
  readonly #random: Random;
  /** Renewals sent since the grant. */
  #renewals = 0;
  /** Milliseconds from one request to the next at the most. */
  #askWithin = Infinity;
  #endsAt = 0;
  #renewAt = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** When it ends unless renewed. */
  get endsAt(): number {
    return this.#endsAt;
  }

  /** When the next renewal is due. */
  get renewAt(): number {
    return this.#renewAt;
  }

  /** `askAgain`: seconds until it is asked for again, however long it lasts. */
  granted(now: number, lifetime: number, askAgain = Infinity): void {
    this.#endsAt = now + lifetime * 1000;
    this.#askWithin = askAgain * 1000;
    this.#renewals = 0;
    this.#schedule(now, lifetime, now);
  }

  /** A renewal is sent now; should it stay without an answer, the next is due sooner after it. */
  renewing(now: number, lifetime: number): void {
    this.#renewals += 1;
    this.#schedule(this.#endsAt - lifetime * 1000, lifetime, now);
  }

  #schedule(grantedAt: number, lifetime: number, now: number): void {
    const due = grantedAt + renewalDelay(lifetime, this.#renewals, this.#random) * 1000;
    this.#renewAt = Math.min(due, now + this.#askWithin);
  }
}
