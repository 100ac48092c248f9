/** One round of questions to a gateway, to all of its protocols at once: which have answered, and which may still. */
import type { Cancel, Environment } from "../environment.ts";
import { ProbePace } from "./probe-pace.ts";
import type { WatchedMapper } from "./watched-mapper.ts";

export interface QuestionRoundOptions {
  readonly environment: Pick<Environment, "clock" | "log">;
  readonly mappers: readonly WatchedMapper[];
  /** It answered that it is spoken. */
  readonly onSpoken: (mapper: WatchedMapper) => void;
  /** One more is asked no longer, whatever it answered. */
  readonly onAnswered: () => void;
  /** All have answered, or the time is over. */
  readonly onEnd: () => void;
}

/** Milliseconds after which a round of questions is over; what answered nothing then counts as silent. */
const ROUND_ENDS = 2900;

export class QuestionRound {
  /** True once no better protocol is waited for. */
  graceOver = false;
  readonly #options: QuestionRoundOptions;
  readonly #abort = new AbortController();
  readonly #open: Set<WatchedMapper>;
  readonly #answered = new Set<WatchedMapper>();
  readonly #timers: Cancel[] = [];
  readonly #begunAt: number;
  #stopped = false;

  constructor(options: QuestionRoundOptions) {
    this.#options = options;
    this.#open = new Set(options.mappers);
    this.#begunAt = options.environment.clock.monotonic();
  }

  get answered(): ReadonlySet<WatchedMapper> {
    return this.#answered;
  }

  /** True while that one may still answer. */
  awaits(mapper: WatchedMapper): boolean {
    return this.#open.has(mapper);
  }

  /** True while any may. */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Milliseconds since it began. */
  get elapsed(): number {
    return this.#options.environment.clock.monotonic() - this.#begunAt;
  }

  start(): void {
    this.after(ROUND_ENDS, this.#options.onEnd);
    const pace = new ProbePace(this.#options.environment.clock);
    for (const mapper of this.#options.mappers) void this.#ask(mapper, pace);
  }

  /** Calls `task` after `delay` milliseconds, unless the round is stopped before. */
  after(delay: number, task: () => void): void {
    this.#timers.push(this.#options.environment.clock.after(delay, task));
  }

  /** Tells nothing any more. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    this.#abort.abort();
  }

  async #ask(mapper: WatchedMapper, pace: ProbePace): Promise<void> {
    const { environment, onSpoken, onAnswered, onEnd } = this.#options;
    let speaks = false;
    try {
      speaks = await mapper.probe(this.#abort.signal, pace);
    } catch (error) {
      if (this.#stopped) return;
      const { protocol } = mapper;
      environment.log.debug("probe failed", { protocol, error: String(error) });
    }
    if (this.#stopped) return;
    this.#open.delete(mapper);
    if (speaks) {
      pace.heard();
      this.#answered.add(mapper);
      onSpoken(mapper);
    }
    onAnswered();
    if (!this.#stopped && this.#open.size === 0) onEnd();
  }
}
