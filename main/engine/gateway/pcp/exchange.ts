/** One question to the server: sent again and again until it is answered or given up. */
import type { Cancel, Environment } from "../../environment.ts";
import { FIRST_FEW, type ProbePace } from "../probe-pace.ts";
import { nextWait, type RetransmissionSchedule } from "./retransmission.ts";
import type { OnQueued } from "../port-mapper.ts";
import type { Turns } from "../turns.ts";

export interface ExchangeOptions<T> {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Null sends once and then only waits. */
  readonly schedule: RetransmissionSchedule | null;
  readonly transmit: () => void;
  /** Of a question whether PCP is spoken: after the first few it waits until all goes wide. */
  readonly pace?: ProbePace;
  /** Where it waits for its turn; absent: it begins at once. */
  readonly turns?: Turns;
  readonly onQueued?: OnQueued | undefined;
  /** Called when it goes out first. */
  readonly onBegin?: (exchange: Exchange<T>) => void;
  /** Called once, when the exchange is over, before its promise settles. */
  readonly onEnd: (exchange: Exchange<T>) => void;
}

export class Exchange<T> {
  readonly promise: Promise<T>;
  readonly #options: ExchangeOptions<T>;
  #resolve: (value: T) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  #timer: Cancel | null = null;
  #leave: Cancel | null = null;
  #wait: number | null = null;
  #sends = 0;
  #over = false;
  readonly #abort = (): void => this.fail(this.#options.signal.reason);

  constructor(options: ExchangeOptions<T>) {
    this.#options = options;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Begins as soon as it may, unless it is over already. */
  start(): void {
    if (this.#over) return;
    const { signal, turns, onQueued } = this.#options;
    if (signal.aborted) return this.#abort();
    signal.addEventListener("abort", this.#abort, { once: true });
    if (turns === undefined) return this.#begin();
    const leave = turns.take(() => this.#begin(), onQueued);
    if (this.#over) leave();
    else this.#leave = leave;
  }

  /** Sends once more now; the schedule stays as it is. */
  hasten(): void {
    if (!this.#over) this.#options.transmit();
  }

  settle(value: T): void {
    if (this.#end()) this.#resolve(value);
  }

  fail(reason: unknown): void {
    if (this.#end()) this.#reject(reason);
  }

  #begin(): void {
    this.#transmit();
    if (!this.#over) this.#options.onBegin?.(this);
  }

  #transmit(): void {
    const { environment, schedule, pace, transmit } = this.#options;
    const again = (): void => this.#transmit();
    this.#sends += 1;
    pace?.sent();
    if (pace !== undefined && this.#sends === FIRST_FEW) this.#timer = pace.whenWide(again);
    else if (schedule !== null) {
      this.#wait = nextWait(schedule, this.#wait, environment.random);
      this.#timer = environment.clock.after(this.#wait, again);
    }
    transmit();
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#timer?.();
    this.#options.signal.removeEventListener("abort", this.#abort);
    this.#options.onEnd(this);
    this.#leave?.();
    return true;
  }
}
