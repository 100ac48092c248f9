/**
 * Asks the gateway in use now and then whether it is still there. Its leases need no word for an hour, and a router
 * that hangs announces nothing: without the question we would call open what nobody forwards any more. The answer
 * tells the epoch as well (RFC 6887 §8.5, RFC 6886 §3.6), so that a restart that was not announced shows too.
 */
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import type { Cancel, Clock } from "../environment.ts";
import type { PortMapper } from "./port-mapper.ts";

export interface LifeWatchOptions {
  readonly clock: Clock;
  /** It has not answered for a while, or said no. */
  readonly onSilent: () => void;
}

/**
 * Milliseconds between questions: with the wait that follows a loss (RFC 6886 §3.7) twice fits into a minute. What stands
 * by UPnP is looked at by turns anyway (`igd-watch.ts`).
 */
const ASK_EVERY: Readonly<Record<MappingProtocol, number>> = {
  pcp: 26_000,
  "nat-pmp": 26_000,
  upnp: 60_000,
};
/** Milliseconds for an answer: five datagrams of `probeSchedule`. */
const PATIENCE = 6000;
/** Milliseconds without an answer after which a question that is not answered is one too many. */
const SILENT_AFTER = 45_000;

export class LifeWatch {
  readonly #options: LifeWatchOptions;
  #next: Cancel | null = null;
  #asking: AbortController | null = null;
  /** Monotonic milliseconds. */
  #answeredAt = 0;

  constructor(options: LifeWatchOptions) {
    this.#options = options;
  }

  /** Asks `mapper`, which has just answered, from now on; whom was asked before is let alone. */
  begin(mapper: PortMapper): void {
    this.#answeredAt = this.#options.clock.monotonic();
    this.#askIn(ASK_EVERY[mapper.protocol], mapper);
  }

  end(): void {
    this.#next?.();
    this.#next = null;
    this.#asking?.abort();
    this.#asking = null;
  }

  #askIn(delay: number, mapper: PortMapper): void {
    this.end();
    this.#next = this.#options.clock.after(delay, () => void this.#ask(mapper));
  }

  async #ask(mapper: PortMapper): Promise<void> {
    const { clock, onSilent } = this.#options;
    const asking = new AbortController();
    this.#asking = asking;
    const patience = clock.after(PATIENCE, () => asking.abort());
    const answers = await mapper.probe(asking.signal).catch((): null => null);
    patience();
    if (this.#asking !== asking) return;
    this.#asking = null;
    if (answers === true) return this.begin(mapper);
    const isSilent = clock.monotonic() - this.#answeredAt >= SILENT_AFTER;
    if (answers === false || isSilent) return onSilent();
    this.#askIn(ASK_EVERY[mapper.protocol] - PATIENCE, mapper);
  }
}
