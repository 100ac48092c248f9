/**
 * The two periodic methods of RFC 7393 §2.3. Where no mapping exists, the external address is asked for, by a mapping of
 * 30 s where the protocol has no question of its own (method 1). And the table of our own mappings is looked at from
 * time to time: what should stand and does not is asked for again (method 2).
 */
import type { Cancel, Clock, Logger } from "../environment.ts";
import type { PortMapper } from "../gateway/port-mapper.ts";

export interface InquiryOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Minutes between questions where no mapping exists. */
  readonly askEvery: () => number;
  /** Minutes between looks at our own mappings. */
  readonly lookEvery: () => number;
  /** The gateway and what it speaks; null without one. */
  readonly mapper: () => PortMapper | null;
  /** True while a mapping stands or awaits its answer, which tells the address; one that is refused is none. */
  readonly hasMappings: () => boolean;
  /** Another look at every mapping; it sends nothing where all is as it should be. */
  readonly look: () => void;
  readonly onAddress: (address: string) => void;
}

/** Milliseconds from the gateway's first answer to the first question: what is exposed at once answers it. */
const FIRST = 10_000;
/** Milliseconds for one question. */
const PATIENCE = 30_000;
const MINUTE = 60_000;

export class Inquiry {
  readonly #options: InquiryOptions;
  #first: Cancel | null = null;
  #ask: Cancel | null = null;
  #look: Cancel | null = null;
  #abort: AbortController | null = null;
  #known: PortMapper | null = null;
  #running = false;

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#lookLater();
    this.#askLater();
  }

  stop(): void {
    this.#running = false;
    for (const cancel of [this.#first, this.#ask, this.#look]) cancel?.();
    this.#abort?.abort();
  }

  /** The address may be another one than was told last. */
  askNow(): void {
    if (this.#running) void this.#inquire();
  }

  /** Another gateway or protocol may be in use: the first question to it comes soon. */
  gatewayChanged(): void {
    const mapper = this.#options.mapper();
    if (!this.#running || mapper === this.#known) return;
    this.#known = mapper;
    this.#first?.();
    this.#abort?.abort();
    this.#first =
      mapper === null ? null : this.#options.clock.after(FIRST, () => void this.#inquire());
  }

  /** What `askEvery` or `lookEvery` tells is another now: it counts from now. */
  paceChanged(): void {
    if (!this.#running) return;
    this.#ask?.();
    this.#look?.();
    this.#lookLater();
    this.#askLater();
  }

  #askLater(): void {
    const { clock, askEvery } = this.#options;
    this.#ask = clock.after(askEvery() * MINUTE, () => {
      this.#askLater();
      void this.#inquire();
    });
  }

  #lookLater(): void {
    const { clock, lookEvery, look } = this.#options;
    this.#look = clock.after(lookEvery() * MINUTE, () => {
      this.#lookLater();
      look();
    });
  }

  async #inquire(): Promise<void> {
    const { clock, log, hasMappings, onAddress } = this.#options;
    const mapper = this.#options.mapper();
    if (mapper?.inquire === undefined || hasMappings()) return;
    const abort = new AbortController();
    this.#abort = abort;
    const patience = clock.after(PATIENCE, () => abort.abort());
    try {
      const outcome = await mapper.inquire(abort.signal);
      if (abort.signal.aborted || mapper !== this.#options.mapper()) return;
      if (outcome.kind === "address") onAddress(outcome.address);
      else log.info("the router does not tell its address", { code: outcome.problem.code });
    } catch (error) {
      log.debug("inquiry ended", { error: String(error) });
    } finally {
      patience();
    }
  }
}
