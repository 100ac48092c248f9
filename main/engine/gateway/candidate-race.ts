/**
 * Which of several gateways is used: the first in order that answers. The next is asked only once all before it have
 * said no or been silent for a while, so that a network with one good router hears from one alone. What holds
 * mappings of ours goes first, as with protocols.
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
}

export interface Candidate {
  readonly gateway: GatewayRef;
}

interface Asked extends Candidate {
  readonly choice: MapperChoice;
  /** Monotonic milliseconds. */
  since: number;
}

/** Milliseconds of silence after which the next candidate is asked as well; a slow one may still answer. */
const PATIENCE = 1000;

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
    const [best] = this.#order();
    return this.#inUse ?? (best === undefined ? null : (this.#asked.get(best) ?? null));
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
    let enough = false;
    for (const candidate of this.#order()) {
      if (enough) {
        this.#drop(candidate);
        continue;
      }
      const asked = this.#asked.get(candidate) ?? this.#ask(candidate);
      const { state, mapper } = asked.choice;
      if (state === "answering") {
        // The first answer is there; its protocol is chosen a moment later.
        if (mapper === null) break;
        this.#inUse = asked;
        enough = true;
      } else if (this.#isAwaited(asked)) break;
    }
    this.#busy = false;
  }

  #isAwaited({ choice, since }: Asked): boolean {
    const left = since + PATIENCE - this.#options.clock.monotonic();
    if (choice.state !== "probing" || left <= 0) return false;
    this.#timer = this.#options.clock.after(left, () => this.#changed());
    return true;
  }

  #ask(candidate: Candidate): Asked {
    const { clock, createChoice } = this.#options;
    const choice = createChoice(candidate, () => this.#changed());
    const asked: Asked = { ...candidate, choice, since: clock.monotonic() };
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
    return [...holding, ...this.#candidates.filter((one) => !holding.includes(one))];
  }
}

function keyOf({ address, clientAddress, localAddress, protocols }: GatewayRef): string {
  return JSON.stringify([address, clientAddress, localAddress, protocols]);
}
