/** The one exchange with the gateway that is under way, and how long it has been silent. */
import type { Clock } from "../environment.ts";
import { Patience } from "../gateway/patience.ts";
import type { OnQueued } from "../gateway/port-mapper.ts";

/** `renew` stays without an answer as a matter of course: the next one is soon sent. */
export type ExchangeKind = "map" | "renew" | "unmap";

export interface GatewayExchangeOptions {
  readonly clock: Clock;
  /** `silent` changed by the clock. */
  readonly onSilent: () => void;
  /** The system could not send. */
  readonly onError: (error: unknown) => void;
}

/** Milliseconds without an answer after which we say so; asking goes on. */
const SAY_SILENT_AFTER = 2900;

export class GatewayExchange {
  readonly #options: GatewayExchangeOptions;
  #running: { readonly kind: ExchangeKind; readonly abort: AbortController } | null = null;
  #silent = false;
  #patience: Patience | null = null;

  constructor(options: GatewayExchangeOptions) {
    this.#options = options;
  }

  /** What is under way; null when nothing is. */
  get kind(): ExchangeKind | null {
    return this.#running?.kind ?? null;
  }

  get silent(): boolean {
    return this.#silent;
  }

  /** Gives up what is under way. One of `done` and `onError` is called when it ended, unless it was given up too. */
  run<T>(
    kind: ExchangeKind,
    exchange: (signal: AbortSignal, onQueued: OnQueued) => Promise<T>,
    done: (outcome: T) => void,
  ): void {
    const { clock, onSilent, onError } = this.#options;
    this.giveUp();
    const running = { kind, abort: new AbortController() };
    this.#running = running;
    if (kind !== "renew") {
      this.#patience = new Patience(clock, SAY_SILENT_AFTER, () => {
        this.#silent = true;
        onSilent();
      });
    }
    const { queued = () => undefined } = this.#patience ?? {};
    const finish = (settle: () => void): void => {
      if (this.#running !== running) return;
      this.#end();
      settle();
    };
    exchange(running.abort.signal, queued).then(
      (outcome) => finish(() => done(outcome)),
      (error: unknown) => finish(() => onError(error)),
    );
  }

  giveUp(): void {
    this.#running?.abort.abort();
    this.#end();
  }

  #end(): void {
    this.#running = null;
    this.#silent = false;
    this.#patience?.end();
    this.#patience = null;
  }
}
