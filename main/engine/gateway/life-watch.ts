/**
 * Asks the gateway in use once a minute whether it is still there. Its leases need no word for an hour, and a router
 * that hangs announces nothing: without the question we would call open what nobody forwards any more. The answer
 * tells the epoch as well (RFC 6887 §8.5, RFC 6886 §3.6), so that a restart that was not announced shows too.
 */
import type { Cancel, Clock } from "../environment.ts";
import type { PortMapper } from "./port-mapper.ts";

export interface LifeWatchOptions {
  readonly clock: Clock;
  /** It did not answer, or said no. */
  readonly onSilent: () => void;
}

/** Milliseconds between questions. */
const ASK_EVERY = 60_000;
/** Milliseconds for an answer: five datagrams of `probeSchedule`. */
const PATIENCE = 6000;

export class LifeWatch {
  readonly #options: LifeWatchOptions;
  #next: Cancel | null = null;
  #asking: AbortController | null = null;

  constructor(options: LifeWatchOptions) {
    this.#options = options;
  }

  /** Asks `mapper` from now on; whom was asked before is let alone. */
  begin(mapper: PortMapper): void {
    this.end();
    this.#next = this.#options.clock.after(ASK_EVERY, () => void this.#ask(mapper));
  }

  end(): void {
    this.#next?.();
    this.#next = null;
    this.#asking?.abort();
    this.#asking = null;
  }

  async #ask(mapper: PortMapper): Promise<void> {
    const { clock, onSilent } = this.#options;
    const asking = new AbortController();
    this.#asking = asking;
    const patience = clock.after(PATIENCE, () => asking.abort());
    const answers = await mapper.probe(asking.signal).catch(() => false);
    patience();
    if (this.#asking !== asking) return;
    this.#asking = null;
    if (answers) this.begin(mapper);
    else onSilent();
  }
}
