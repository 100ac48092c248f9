/** A mapper whose results are watched: what a protocol says it speaks and what it does are two things. */
import type { ProblemCode } from "../../../shared/problems.ts";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import type { Clock, UdpAddress } from "../environment.ts";
import type {
  LeaseKey,
  LeaseRequest,
  MapOutcome,
  OnQueued,
  PortMapper,
  StateLoss,
  UnmapOutcome,
} from "./port-mapper.ts";
import { Patience } from "./patience.ts";
import type { ProbePace } from "./probe-pace.ts";
import { isAbout, needOf, type SpecialNeed } from "./special-need.ts";

/** Milliseconds after which a request without an answer counts as failed, though it goes on. */
const SLOW = 4000;

/** Refusals that another protocol of the same gateway would repeat, or that are about the one wished port. */
const notOfTheProtocol: ReadonlySet<ProblemCode> = new Set([
  "network-failure",
  "network-unreachable",
  "cannot-provide-external",
  "external-port-taken",
  "excessive-remote-peers",
]);

interface WatchOptions {
  /**
   * Called when `failing` becomes true; the refusal is passed on once it settles, so that a protocol which is about to
   * take over is not preceded by the failure of this one.
   */
  readonly onFailing: () => Promise<void>;
  /** The same for each time that it would not do what a mapping needs specially. */
  readonly onRefuses: (need: SpecialNeed) => Promise<void>;
  readonly onGranted: () => void;
  /** Nothing listens there, as the system says; it may be back in a moment. */
  readonly onClosed: () => void;
  /** Whether it counts as failing from the start, as an earlier run found. */
  readonly failing: boolean;
}

export class WatchedMapper implements PortMapper {
  readonly protocol: MappingProtocol;
  readonly inquire?: NonNullable<PortMapper["inquire"]>;
  readonly table?: NonNullable<PortMapper["table"]>;
  readonly removeOurs?: NonNullable<PortMapper["removeOurs"]>;
  readonly onMoved?: NonNullable<PortMapper["onMoved"]>;
  readonly #inner: PortMapper;
  readonly #clock: Clock;
  readonly #onFailing: () => Promise<void>;
  readonly #onRefuses: WatchOptions["onRefuses"];
  readonly #onGranted: () => void;
  readonly #onClosed: () => void;
  #granted = false;
  #failing = false;
  readonly #refused = new Set<SpecialNeed>();

  constructor(inner: PortMapper, clock: Clock, options: WatchOptions) {
    const { onFailing, onRefuses, onGranted, onClosed, failing } = options;
    this.protocol = inner.protocol;
    this.#inner = inner;
    this.#clock = clock;
    this.#onFailing = onFailing;
    this.#onRefuses = onRefuses;
    this.#onGranted = onGranted;
    this.#onClosed = onClosed;
    this.#failing = failing;
    const inquire = inner.inquire?.bind(inner);
    const table = inner.table?.bind(inner);
    const removeOurs = inner.removeOurs?.bind(inner);
    const onMoved = inner.onMoved?.bind(inner);
    if (onMoved !== undefined) this.onMoved = onMoved;
    if (removeOurs !== undefined) this.removeOurs = removeOurs;
    if (inquire !== undefined) this.inquire = inquire;
    if (table !== undefined) this.table = table;
  }

  /** True when mappings were wanted and none was ever granted, or the protocol is not spoken any more. */
  get failing(): boolean {
    return this.#failing;
  }

  /** True when it was asked for that and does not do it; that tells nothing of what it does without. */
  refuses(need: SpecialNeed): boolean {
    return this.#refused.has(need);
  }

  /** Time for another chance. */
  forgive(): void {
    this.#failing = false;
    this.#refused.clear();
  }

  probe(signal: AbortSignal, pace?: ProbePace): Promise<boolean> {
    return this.#inner.probe(signal, pace);
  }

  async map(request: LeaseRequest, signal: AbortSignal, onQueued?: OnQueued): Promise<MapOutcome> {
    const need = needOf(request);
    const patience = new Patience(this.#clock, SLOW, () => void this.#failed());
    const queued: OnQueued = (waits) => {
      patience.queued(waits);
      onQueued?.(waits);
    };
    try {
      const outcome = await this.#inner.map(request, signal, queued);
      if (outcome.kind === "granted") {
        this.#granted = true;
        this.#failing = false;
        this.#onGranted();
      } else if (need !== null && isAbout(need, outcome.problem.code)) {
        this.#refused.add(need);
        await this.#onRefuses(need);
        signal.throwIfAborted();
      } else if (!notOfTheProtocol.has(outcome.problem.code)) {
        // Another firmware, another daemon: what it granted tells nothing of it (RFC 6887 §9).
        if (outcome.problem.code === "unsupported-version") this.#granted = false;
        if (outcome.problem.code === "no-response") this.#onClosed();
        await this.#failed();
        signal.throwIfAborted();
      }
      return outcome;
    } finally {
      patience.end();
    }
  }

  unmap(key: LeaseKey, signal: AbortSignal, onQueued?: OnQueued): Promise<UnmapOutcome> {
    return this.#inner.unmap(key, signal, onQueued);
  }

  onStateLost(listener: (signal: StateLoss) => void): void {
    this.#inner.onStateLost(listener);
  }

  networkChanged(): void {
    this.#inner.networkChanged?.();
  }

  announced(datagram: Uint8Array, from: UdpAddress): void {
    this.#inner.announced?.(datagram, from);
  }

  close(): void {
    this.#inner.close();
  }

  async #failed(): Promise<void> {
    // What it granted stands: a refusal then is about that one request.
    if (this.#granted || this.#failing) return;
    this.#failing = true;
    await this.#onFailing();
  }
}
