/**
 * Which protocol one gateway is used with. All are asked at once and again now and then; the best that answers is
 * taken: PCP before NAT-PMP before UPnP, except that what holds mappings of ours goes first, because another
 * protocol would find its own ports taken, and that what grants nothing makes room for the next. What needs something
 * special (`special-need.ts`) may have another protocol than the rest.
 */
import type { Gateway, MappingProtocol } from "../../../shared/snapshot.ts";
import type { Cancel, Environment } from "../environment.ts";
import type { Verdict, Verdicts } from "./gateway-memory.ts";
import { LifeWatch } from "./life-watch.ts";
import type { PortMapper } from "./port-mapper.ts";
import { QuestionRound } from "./question-round.ts";
import type { SpecialNeed } from "./special-need.ts";
import { WatchedMapper } from "./watched-mapper.ts";

export interface MapperChoiceOptions {
  readonly environment: Environment;
  /** Best protocol first. */
  readonly mappers: readonly PortMapper[];
  /** What the lease book says of a protocol on this gateway: mappings may stand, or stood once. */
  readonly history: (protocol: MappingProtocol, need?: SpecialNeed) => History;
  /** What an earlier run found that the gateway does with a protocol. */
  readonly known?: Verdicts;
  /** A protocol granted a mapping, or was seen to grant none where another does. */
  readonly onVerdict?: (protocol: MappingProtocol, verdict: Verdict) => void;
  /** Another address of the same server serves as well: one that refuses is left at once (RFC 7488 §3). */
  readonly hasSubstitute?: boolean;
  /** Another mapper, another list of protocols, or another state. */
  readonly onChange: () => void;
}

type History = "holds" | "used" | "none";

/** Milliseconds for which a better protocol is waited for, once a worse one has answered. */
const GRACE = 250;
/** The same for a protocol that worked on this gateway before: time for a slow answer to its second datagram. */
const GRACE_KNOWN = 600;
/** Milliseconds after which its second datagram is out, and the time for an answer to that one runs anyway. */
const SECOND_IS_OUT = 250;
/** Milliseconds between rounds while the gateway answers. */
const CHECK_AGAIN = 600_000;
/** Milliseconds between rounds while it is silent: 8 s, since a bad cable swallows whole rounds, doubling to 10 min. */
const ASK_AGAIN_FIRST = 8000;

export class MapperChoice {
  readonly #options: MapperChoiceOptions;
  readonly #mappers: readonly WatchedMapper[];
  #mapper: WatchedMapper | null = null;
  #state: Gateway["state"] = "probing";
  #answered: ReadonlySet<WatchedMapper> = new Set();
  #round: QuestionRound | null = null;
  #next: Cancel | null = null;
  readonly #watch: LifeWatch;
  /** Nothing was heard in the last round of a gateway that answered before. */
  #doubted = false;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #rounds = 0;
  #askAgain = ASK_AGAIN_FIRST;
  /** Refusals that are held back until it is known whether another protocol takes over. */
  #held: (() => void)[] = [];

  constructor(options: MapperChoiceOptions) {
    this.#options = options;
    const { clock } = options.environment;
    this.#watch = new LifeWatch({ clock, onSilent: () => this.check() });
    this.#mappers = options.mappers.map(
      (mapper) =>
        new WatchedMapper(mapper, clock, {
          onFailing: () => this.#failing(mapper.protocol),
          onRefuses: (need) => this.#refuses(mapper.protocol, need),
          onGranted: () => this.#granted(mapper.protocol),
          onClosed: () => {
            if (options.hasSubstitute === true) this.check();
          },
          failing: options.known?.[mapper.protocol] === "refuses",
        }),
    );
  }

  /** All of the gateway's, best first. */
  get mappers(): readonly PortMapper[] {
    return this.#mappers;
  }

  /** The one in use; stays while the gateway is silent. */
  get mapper(): PortMapper | null {
    return this.#mapper;
  }

  /** The one for mappings of this need; null also while the one that holds such mappings is awaited. */
  mapperFor(need: SpecialNeed): PortMapper | null {
    if (this.#mapper === null) return null;
    const holds = this.#mappers.find(
      (one) => this.#options.history(one.protocol, need) === "holds",
    );
    if (holds !== undefined && this.#round?.awaits(holds) === true) return null;
    const order = [...(holds ? [holds] : []), this.#mapper, ...this.#mappers];
    const open = order.find((one) => this.#answered.has(one) && !one.refuses(need));
    return open ?? this.#mapper;
  }

  get state(): Gateway["state"] {
    return this.#state;
  }

  /** Monotonic milliseconds of the last answer to a round of questions. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** All that answered last, best first. */
  get protocols(): readonly MappingProtocol[] {
    return this.#mappers
      .filter((mapper) => this.#answered.has(mapper))
      .map(({ protocol }) => protocol);
  }

  /** Asks all protocols now, unless that is being done; `anew` gives up a round under way. */
  check({ anew = false } = {}): void {
    if (this.#round !== null && !anew) return;
    this.#stop();
    const round: QuestionRound = new QuestionRound({
      environment: this.#options.environment,
      mappers: this.#mappers,
      onSpoken: (mapper) => this.#speaks(round, mapper),
      onAnswered: () => {
        if (this.#mapper === null) this.#decide(round);
      },
      onEnd: () => this.#end(round),
    });
    this.#round = round;
    // In the first round what an earlier run found still counts.
    if (this.#rounds > 0) for (const mapper of this.#mappers) mapper.forgive();
    round.start();
    this.#rounds += 1;
  }

  /** Nothing of ours stands there any more: time for a better protocol, if one answers. True when it took over. */
  takeBest(): boolean {
    const best = this.#mappers.find((mapper) => this.#answered.has(mapper));
    if (best === undefined || best === this.#mapper) return false;
    this.#take(best);
    this.#options.onChange();
    return true;
  }

  close(): void {
    this.#stop();
    for (const mapper of this.#mappers) mapper.close();
  }

  #speaks(round: QuestionRound, mapper: WatchedMapper): void {
    const { environment, onChange } = this.#options;
    this.#answeredAt = environment.clock.monotonic();
    const news = !this.#answered.has(mapper) || this.#state !== "answering";
    this.#answered = new Set([...this.#answered, mapper]);
    this.#state = "answering";
    if (round.answered.size === 1 && this.#mapper === null) {
      for (const [delay, known] of [
        [GRACE, false],
        [GRACE_KNOWN, true],
      ] as const) {
        const left = Math.max(0, SECOND_IS_OUT + delay - round.elapsed);
        round.after(Math.min(delay, left), () => {
          round.graceOver = known || !this.#order().some((open) => this.#isAwaited(round, open));
          if (this.#mapper === null) this.#decide(round);
        });
      }
    }
    if (news) onChange();
    this.#reconsider();
  }

  /** True for a protocol that worked here, has not answered yet and would go before what has. */
  #isAwaited(round: QuestionRound, mapper: WatchedMapper): boolean {
    const { history, known } = this.#options;
    const worked = known?.[mapper.protocol] === "grants" || history(mapper.protocol) !== "none";
    if (!round.awaits(mapper) || !worked) return false;
    const order = this.#order();
    const best = order.findIndex((other) => round.answered.has(other));
    return best === -1 || order.indexOf(mapper) < best;
  }

  /** Takes the best that answered, unless a better one may still do so in time. */
  #decide(round: QuestionRound): void {
    for (const mapper of this.#order()) {
      if (round.answered.has(mapper)) {
        this.#take(mapper);
        return this.#options.onChange();
      }
      if (round.awaits(mapper) && !round.graceOver) return;
    }
  }

  #end(round: QuestionRound): void {
    this.#stop();
    const { environment, onChange } = this.#options;
    const silent = round.answered.size === 0;
    if (silent && this.#state === "answering" && !this.#doubted) {
      // On a bad cable a whole round may be lost.
      this.#doubted = true;
      return this.check();
    }
    this.#doubted = false;
    const wait = silent ? this.#askAgain : CHECK_AGAIN;
    this.#askAgain = silent ? Math.min(this.#askAgain * 2, CHECK_AGAIN) : ASK_AGAIN_FIRST;
    this.#next = environment.clock.after(wait, () => this.check());
    if (silent) {
      // What is in use stays: it is the one that will answer again.
      this.#answered = new Set();
      this.#state = "silent";
      return onChange();
    }
    this.#answered = round.answered;
    const better = this.#better(round.answered);
    if (better !== null) this.#take(better);
    if (this.#mapper !== null) this.#watch.begin(this.#mapper);
    onChange();
  }

  /** What is to be used instead of what is in use; null to stay. */
  #better(answered: ReadonlySet<WatchedMapper>): WatchedMapper | null {
    const { history } = this.#options;
    const current = this.#mapper;
    if (current === null || !answered.has(current)) {
      return this.#order().find((mapper) => answered.has(mapper)) ?? null;
    }
    if (history(current.protocol) === "holds") return null;
    const best = this.#mappers.find((mapper) => answered.has(mapper) && !mapper.failing);
    return best === undefined || best === current ? null : best;
  }

  #granted(protocol: MappingProtocol): void {
    const { onVerdict } = this.#options;
    onVerdict?.(protocol, "grants");
    for (const other of this.#mappers) {
      if (other.failing && other.protocol !== protocol) onVerdict?.(other.protocol, "refuses");
    }
  }

  async #failing(protocol: MappingProtocol): Promise<void> {
    this.#options.environment.log.info("grants nothing", { protocol });
    this.#reconsider();
    const round = this.#round;
    if (round?.isOpen !== true || this.#mapper?.failing !== true) return;
    await new Promise<void>((resolve) => this.#held.push(resolve));
  }

  /** Held back until all have answered that could do it instead. */
  async #refuses(protocol: MappingProtocol, need: SpecialNeed): Promise<void> {
    this.#options.environment.log.info("does not do this", { protocol, need });
    this.#options.onChange();
    const round = this.#round;
    if (round?.isOpen !== true) return;
    if ([...this.#answered].some((mapper) => !mapper.refuses(need))) return;
    await new Promise<void>((resolve) => this.#held.push(resolve));
  }

  /** A protocol that is spoken but grants nothing is left for one that may, until the next round. */
  #reconsider(): void {
    if (this.#mapper?.failing !== true) return;
    const other = this.#order().find((mapper) => this.#answered.has(mapper) && !mapper.failing);
    if (other === undefined) return;
    this.#take(other);
    this.#options.onChange();
  }

  #take(mapper: WatchedMapper): void {
    this.#mapper = mapper;
    if (this.#round === null) this.#watch.begin(mapper);
    this.#options.environment.log.info("mapping protocol", { protocol: mapper.protocol });
  }

  #order(): readonly WatchedMapper[] {
    const { history } = this.#options;
    const holds = this.#mappers.filter(({ protocol }) => history(protocol) === "holds");
    const others = this.#mappers.filter((mapper) => !holds.includes(mapper));
    return [
      ...holds,
      ...others.filter(({ failing }) => !failing),
      ...others.filter(({ failing }) => failing),
    ];
  }

  #stop(): void {
    this.#next?.();
    this.#watch.end();
    const round = this.#round;
    this.#round = null;
    round?.stop();
    for (const letGo of this.#held.splice(0)) letGo();
  }
}
