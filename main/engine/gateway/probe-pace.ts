/**
 * The pace at which a gateway is asked what it speaks. The protocols know nothing of each other and share it: six
 * datagrams between them until a verdict, and what is still unanswered after them goes wide, all of it at once.
 * Which six, and why: docs/gateways.md.
 */
import type { Cancel, Clock } from "../environment.ts";

/** Datagrams, of all protocols together, before it goes wide. */
const PROBE_BUDGET = 6;
/** Datagrams of PCP, and of NAT-PMP, before it goes wide: one, and one that makes good its loss. */
export const FIRST_FEW = 2;

/** Milliseconds: the second search, and MX (UPnP Device Architecture 1.1 §1.3.2), and a bit for the way. */
const WIDENS_AT = 1300;
/** Milliseconds for which it is put off when something is heard: time for a description, and for a better protocol. */
const PUT_OFF = 700;
/** Milliseconds until which it can be put off, so that what goes out then is still heard in this round. */
const LATEST = 2200;

export class ProbePace {
  readonly #clock: Clock;
  readonly #latest: number;
  /** Monotonic milliseconds. */
  #widensAt: number;
  #left = PROBE_BUDGET;
  readonly #waiting = new Set<() => void>();
  #timer: Cancel | null = null;

  /** Begins now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    const now = clock.monotonic();
    this.#widensAt = now + WIDENS_AT;
    this.#latest = now + LATEST;
  }

  /** True while the six are not spent. */
  get hasLeft(): boolean {
    return this.#left > 0;
  }

  /** A datagram goes out. */
  sent(): void {
    this.#left -= 1;
  }

  /** A protocol answered, or a place was told that may be the gateway's description. */
  heard(): void {
    const putOff = Math.min(this.#clock.monotonic() + PUT_OFF, this.#latest);
    if (putOff <= this.#widensAt) return;
    this.#widensAt = putOff;
    this.#arm();
  }

  /** Calls `task` once it goes wide. */
  whenWide(task: () => void): Cancel {
    this.#waiting.add(task);
    this.#arm();
    return () => {
      this.#waiting.delete(task);
      this.#arm();
    };
  }

  #arm(): void {
    this.#timer?.();
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    const wait = this.#widensAt - this.#clock.monotonic();
    this.#timer = this.#clock.after(Math.max(0, wait), () => this.#widen());
  }

  #widen(): void {
    const tasks = [...this.#waiting];
    this.#waiting.clear();
    for (const task of tasks) task();
  }
}
