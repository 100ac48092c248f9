/**
 * Which of several gateways is used: the first in order that answers. The next is asked only once all before it have
 * said no or been silent for a while, so that a network with one good router hears from one alone. What holds
 * mappings of ours goes first, as with protocols; but of routers the one that the system prefers does, since what we
 * answer visitors leaves by it. A router that fell silent in use is gone back to only once it has answered for a
 * while, so that one that comes and goes does not move the mappings each time.
 */
import type { Cancel, Clock } from "../environment.ts";
import type { MapperChoice } from "./mapper-choice.ts";
import type { GatewayRef } from "./port-mapper.ts";

export interface CandidateRaceOptions {
  readonly clock: Clock;
  /** The choice of a protocol for a gateway; sends nothing before its `check`. */
  readonly createChoice: (candidate: Candidate, onChange: () => void) => MapperChoice;
  /** True while mappings of ours may stand there. */
  readonly holds: (gateway: GatewayRef) => boolean;
  /** Another one in use, or another state of one that is asked. */
  readonly onChange: () => void;
  /** One that was in use and still answers is left for one that goes before it. */
  readonly onLeft?: (gateway: GatewayRef) => void;
  /** Another one is used because the one before fell silent, or because one that goes before it is back. */
  readonly onMoved?: (why: "silence" | "return") => void;
}

export interface Candidate {
  readonly gateway: GatewayRef;
}

interface Asked extends Candidate {
  readonly choice: MapperChoice;
  /** Monotonic milliseconds. */
  since: number;
  /** Monotonic milliseconds from which on it has answered every time; null while it does not. */
  answersSince: number | null;
  /** The same, from which on it is in use. */
  usedSince: number;
  /** How many times in a row it fell silent soon after it came into use. */
  lapses: number;
}

/**
 * Milliseconds of silence after which the next candidate is asked as well, while a slow one may still answer: as long as
 * an ordinary answer may take (`probe-pace.ts`), so that a router which takes its time is not left for another one.
 */
const PATIENCE = 1250;
/**
 * Milliseconds for which a router that fell silent has to answer before it is used again, longer by half a minute
 * than the distance of the questions to it; twice that each further time, up to about half an hour.
 */
const PROBATION = 90_000;
const PROBATION_LONGEST = 16 * PROBATION;
/** Milliseconds for which an answer is proof that it is there. */
const FRESH = 3000;
/** Milliseconds of service after which earlier lapses are forgotten. */
const FORGIVE_AFTER = 3_600_000;

export class CandidateRace {
  readonly #options: CandidateRaceOptions;
  #candidates: readonly Candidate[] = [];
  readonly #asked = new Map<Candidate, Asked>();
  #inUse: Asked | null = null;
  #timer: Cancel | null = null;
  /** Set while candidates are asked or dropped: their news are seen by the one who does it. */
  #busy = false;

  constructor(options: CandidateRaceOptions) {
    this.#options = options;
  }

  /** The one that answered first in order, and still while it is silent; null before. */
  get inUse(): Asked | null {
    return this.#inUse;
  }

  /** The one to show: in use, else the best. */
  get foremost(): Asked | null {
    if (this.#inUse !== null) return this.#inUse;
    const [best] = this.#order();
    return best === undefined ? null : (this.#asked.get(best) ?? null);
  }

  get asked(): readonly Asked[] {
    return [...this.#asked.values()];
  }

  /**
   * Takes `gateways` for the candidates, best first. What is asked or in use and still among them goes on, unless
   * another gateway stands at its address now: one of `replaced`.
   */
  enter(gateways: readonly GatewayRef[], replaced: readonly string[] = []): void {
    const kept = this.#candidates.filter(({ gateway }) => !replaced.includes(gateway.address));
    const known = new Map(kept.map((one) => [keyOf(one.gateway), one]));
    this.#candidates = [...new Map(gateways.map((one) => [keyOf(one), one]))].map(
      ([key, gateway]) => known.get(key) ?? { gateway },
    );
    for (const [candidate] of this.#asked) {
      if (!this.#candidates.includes(candidate)) this.#drop(candidate);
    }
    this.#advance();
  }

  /** Asks again all that are being asked; `anew` gives up what is under way. */
  askAgain({ anew = false } = {}): void {
    const now = this.#options.clock.monotonic();
    for (const asked of this.#asked.values()) {
      if (anew) asked.since = now;
      asked.choice.check({ anew });
    }
    this.#advance();
  }

  close(): void {
    this.#candidates = [];
    this.#timer?.();
    for (const [candidate] of this.#asked) this.#drop(candidate);
  }

  #changed(): void {
    if (this.#busy) return;
    this.#advance();
    this.#options.onChange();
  }

  /** Looks at the candidates in order: the first that answers is used, and what comes after it is left alone. */
  #advance(): void {
    this.#busy = true;
    this.#timer?.();
    this.#timer = null;
    const now = this.#options.clock.monotonic();
    let enough = false;
    for (const candidate of this.#order()) {
      if (enough) {
        this.#drop(candidate);
        continue;
      }
      const asked = this.#asked.get(candidate) ?? this.#ask(candidate);
      const { state, mapper } = asked.choice;
      asked.answersSince = state === "answering" ? (asked.answersSince ?? now) : null;
      if (state === "answering") {
        // The first answer is there; its protocol is chosen a moment later.
        if (mapper === null) break;
        if (this.#isOnProbation(asked, now)) continue;
        this.#use(asked, now);
        enough = true;
      } else if (this.#isAwaited(asked)) break;
    }
    this.#busy = false;
  }

  #use(asked: Asked, now: number): void {
    const before = this.#inUse;
    if (before === asked) return;
    this.#inUse = asked;
    asked.usedSince = now;
    if (before === null) return;
    if (before.choice.state === "answering") {
      this.#options.onMoved?.("return");
      return this.#options.onLeft?.(before.gateway);
    }
    this.#options.onMoved?.("silence");
    if (now - before.usedSince > FORGIVE_AFTER) before.lapses = 0;
    before.lapses += 1;
  }

  /** True for what fell silent in use and is back, while another one serves. */
  #isOnProbation(asked: Asked, now: number): boolean {
    const { lapses, answersSince } = asked;
    if (lapses === 0 || asked === this.#inUse) return false;
    if (this.#inUse?.choice.state !== "answering") return false;
    const probation = Math.min(PROBATION * 2 ** (lapses - 1), PROBATION_LONGEST);
    const left = (answersSince ?? now) + probation - now;
    if (left <= 0) {
      // It may have fallen silent again since it was asked last.
      if (now - asked.choice.answeredAt <= FRESH) return false;
      asked.choice.check();
      return true;
    }
    this.#timer = this.#options.clock.after(left, () => this.#changed());
    return true;
  }

  #isAwaited({ choice, since }: Asked): boolean {
    const left = since + PATIENCE - this.#options.clock.monotonic();
    if (choice.state !== "probing" || left <= 0) return false;
    // The sooner of two: each looks at all.
    this.#timer?.();
    this.#timer = this.#options.clock.after(left, () => this.#changed());
    return true;
  }

  #ask(candidate: Candidate): Asked {
    const { clock, createChoice } = this.#options;
    const choice = createChoice(candidate, () => this.#changed());
    const asked: Asked = {
      ...candidate,
      choice,
      since: clock.monotonic(),
      answersSince: null,
      usedSince: 0,
      lapses: 0,
    };
    this.#asked.set(candidate, asked);
    choice.check();
    return asked;
  }

  #drop(candidate: Candidate): void {
    const asked = this.#asked.get(candidate);
    if (asked === undefined) return;
    this.#asked.delete(candidate);
    if (this.#inUse === asked) this.#inUse = null;
    asked.choice.close();
  }

  #order(): readonly Candidate[] {
    const { holds } = this.#options;
    const holding = this.#candidates.filter(({ gateway }) => holds(gateway));
    const lastRouter = holding.findLast(({ gateway }) => isRouter(gateway));
    const end = lastRouter === undefined ? 0 : this.#candidates.indexOf(lastRouter);
    const first = this.#candidates.filter(
      (one, index) => holding.includes(one) || (index < end && isRouter(one.gateway)),
    );
    return [...first, ...this.#candidates.filter((one) => !first.includes(one))];
  }
}

/** Others are PCP servers and nothing else: somewhere behind a router, and not what the system sends by. */
function isRouter({ protocols }: GatewayRef): boolean {
  return protocols === undefined || protocols.includes("upnp");
}

function keyOf(gateway: GatewayRef): string {
  const { address, clientAddress, localAddress, protocols, sameServer } = gateway;
  return JSON.stringify([address, clientAddress, localAddress, protocols, sameServer]);
}
