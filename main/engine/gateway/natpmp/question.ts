/** One question to a NAT-PMP gateway: sent up to nine times, each wait twice the one before (RFC 6886 §3.1). */
import type { Cancel, Environment } from "../../environment.ts";
import { FIRST_FEW, type ProbePace } from "../probe-pace.ts";
import type { NatPmpRequest, NatPmpResponse } from "./codec.ts";

/** Milliseconds. */
const FIRST_WAIT = 250;
const MOST_SENDS = 9;

export type NatPmpAnswer = NatPmpResponse | "silent" | { readonly failed: string } | "closed-port";

export interface QuestionOptions {
  readonly environment: Environment;
  readonly request: NatPmpRequest;
  readonly signal: AbortSignal;
  /** Of a question whether NAT-PMP is spoken: after the first few it waits until all goes wide. */
  readonly pace?: ProbePace | undefined;
  readonly transmit: (question: Question) => void;
  readonly onEnd: (question: Question) => void;
}

export class Question {
  readonly promise: Promise<NatPmpAnswer>;
  readonly request: NatPmpRequest;
  readonly #options: QuestionOptions;
  #resolve: (answer: NatPmpAnswer) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  #timer: Cancel | null = null;
  #sends = 0;
  #over = false;
  readonly #abort = (): void => this.fail(this.#options.signal.reason);

  constructor(options: QuestionOptions) {
    this.#options = options;
    this.request = options.request;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (options.signal.aborted) this.#abort();
    else options.signal.addEventListener("abort", this.#abort, { once: true });
  }

  get over(): boolean {
    return this.#over;
  }

  get sent(): boolean {
    return this.#sends > 0;
  }

  start(): void {
    if (!this.#over) this.#transmit();
  }

  settle(answer: NatPmpAnswer): void {
    if (this.#end()) this.#resolve(answer);
  }

  fail(reason: unknown): void {
    if (this.#end()) this.#reject(reason);
  }

  #transmit(): void {
    if (this.#sends === MOST_SENDS) return this.settle("silent");
    const wait = FIRST_WAIT * 2 ** this.#sends;
    this.#sends += 1;
    const { environment, pace } = this.#options;
    const again = (): void => this.#transmit();
    pace?.sent();
    this.#timer =
      pace !== undefined && this.#sends === FIRST_FEW
        ? pace.whenWide(again)
        : environment.clock.after(wait, again);
    this.#options.transmit(this);
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#timer?.();
    this.#options.signal.removeEventListener("abort", this.#abort);
    this.#options.onEnd(this);
    return true;
  }
}
