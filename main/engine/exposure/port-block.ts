/**
 * The ports of one Exposure on one way in. A game may need several: then all are open or none, and their numbers
 * keep their distances outside. One port alone is a block too, without anything to keep together.
 */
import { portKey } from "../../../shared/endpoint.ts";
import type { ProblemCode } from "../../../shared/problems.ts";
import type { Endpoint, Problem } from "../../../shared/snapshot.ts";
import type { Cancel, Environment } from "../environment.ts";
import {
  type BlockRefusal,
  blockView,
  endpointOf,
  isCovered,
  type PortBlockView,
  type Ports,
  refusedView,
  viewsOf,
} from "./block-view.ts";
import type { MappedPort } from "../mapping/lease-records.ts";
import type { Mappings } from "../mapping/mappings.ts";
import type { MappingView } from "../mapping/mapping-view.ts";
import type { MappingWish } from "../mapping/mapping-wish.ts";

export interface WishedPort extends MappedPort {
  /** The number that it should have outside. */
  readonly wishedPort: number;
}

export interface PortBlockOptions {
  readonly environment: Pick<Environment, "clock" | "random" | "log">;
  readonly mappings: Mappings;
  readonly ports: Ports<WishedPort>;
  /**
   * `any`: whatever the gateway gives. `exact`: the wished numbers. `together`: the wished numbers, or all of them
   * moved by the same distance.
   */
  readonly numbers: "any" | "exact" | "together";
  /** The only visitors to let in; empty: everybody. */
  readonly sources: readonly string[];
  /** What is wanted changed without a mapping having changed. */
  readonly onChange: () => void;
}

/** Distances that are tried, before a block counts as refused. */
const MAX_MOVES = 5;
/** Milliseconds until a block that was refused is tried again. */
const TRY_AGAIN = 300_000;
/** Where a block is moved to: above what is usually served, below what clients use. */
const MOVED_TO = { from: 20_000, count: 12_000 } as const;
const HIGHEST_PORT = 65_535;

/** Refusals that are about a number and not about us. */
const ofTheNumber: ReadonlySet<ProblemCode> = new Set([
  "external-port-taken",
  "cannot-provide-external",
]);
/** What comes to an end by itself, and then says nothing about the ports. */
const passing: ReadonlySet<ProblemCode> = new Set([
  "no-gateway",
  "no-response",
  "network-failure",
  "network-unreachable",
  "disk",
]);

export class PortBlock {
  readonly ports: PortBlockOptions["ports"];
  readonly #options: PortBlockOptions;
  #open = false;
  /** Added to every wished number. */
  #distance = 0;
  #moves = 0;
  #refusal: BlockRefusal | null = null;
  #again: Cancel | null = null;
  /** False once the gateway gave less than the whole block in one mapping. */
  #grantsSets = true;
  /** What is wanted is being written down: what changes by that is looked at afterwards. */
  #wanting = false;
  readonly #look = (port: MappedPort): MappingView | null => this.#options.mappings.view(port);

  constructor(options: PortBlockOptions) {
    this.#options = options;
    this.ports = options.ports;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#open = true;
    this.#start(this.#firstDistance());
  }

  /** Takes all of it off the gateway. */
  shut(): void {
    this.#open = false;
    this.#forgetRefusal();
    this.#withdrawAll();
  }

  /** True while something of it is left on the gateway or asked for. */
  get remains(): boolean {
    return this.ports.some((port) => this.#options.mappings.has(port));
  }

  retry(): void {
    if (this.#refusal !== null) return this.#start(this.#firstDistance());
    for (const port of this.ports) this.#options.mappings.retry(port);
  }

  /** Stops without taking anything off the gateway. */
  close(): void {
    this.#open = false;
    this.#forgetRefusal();
  }

  /** A mapping may have changed: whether the block holds, has to move, or is to be given up. */
  look(): void {
    if (!this.#open || this.#wanting || this.#refusal !== null || this.ports.length === 1) return;
    const { mappings, numbers } = this.#options;
    this.#wantMissing();
    for (const port of this.ports) {
      const view = mappings.view(port);
      const code = view?.state === "failed" ? view.error?.code : undefined;
      if (view?.error == null || code === undefined || passing.has(code)) continue;
      if (numbers === "together" && ofTheNumber.has(code) && this.#moves < MAX_MOVES) {
        return this.#move();
      }
      return this.#giveUp(port, view.error);
    }
    if (viewsOf(this.ports, this.#look).every((view) => view?.state === "mapped")) this.#moves = 0;
  }

  /** Null when nothing of it is there. */
  view(): PortBlockView | null {
    return this.#refusal === null
      ? blockView(this.ports, this.#look)
      : refusedView(this.ports, this.#look, this.#refusal);
  }

  /** External ports in the order of `ports`; null unless all are mapped. */
  get endpoints(): readonly Endpoint[] | null {
    const all = this.ports.map((port) => endpointOf(this.ports, port, this.#look));
    const known = all.filter((endpoint) => endpoint !== null);
    return this.#refusal === null && known.length === all.length ? known : null;
  }

  /** Where numbers may be shifted, the ones of last time come first, so that endpoints stay the same. */
  #firstDistance(): number {
    const { mappings, numbers } = this.#options;
    const [first, ...others] = this.ports;
    if (numbers !== "together" || others.length === 0) return 0;
    const remembered = mappings.remembered(first);
    return remembered === null ? 0 : remembered - first.wishedPort;
  }

  #start(distance: number): void {
    this.#forgetRefusal();
    this.#moves = 0;
    this.#wantAll(distance);
  }

  #move(): void {
    const { random, log } = this.#options.environment;
    this.#moves += 1;
    const [first] = this.ports;
    const lowest = Math.min(...this.ports.map(({ wishedPort }) => wishedPort));
    const base = MOVED_TO.from + Math.floor(random.fraction() * MOVED_TO.count);
    log.info("port block moves", { block: portKey(first.transport, first.internalPort), base });
    this.#wantAll(base - lowest);
  }

  #wantAll(distance: number): void {
    this.#distance = distance;
    if (this.ports.some(({ wishedPort }) => !isPort(wishedPort + distance))) {
      if (distance !== 0) return this.#wantAll(0);
    }
    this.#wanting = true;
    const { mappings } = this.#options;
    const [first, ...others] = this.ports;
    const set = this.#setCount();
    mappings.want(this.#wish(first, set));
    for (const port of others) {
      // What a set of ports may cover is asked for on its own only when it does not.
      if (set > 1) mappings.withdraw(port);
      else mappings.want(this.#wish(port, 1));
    }
    this.#wanting = false;
    this.look();
  }

  /** Asks for what the first port's mapping does not cover, and gives up what it does. */
  #wantMissing(): void {
    const { mappings } = this.#options;
    const [first, ...others] = this.ports;
    const own = mappings.view(first);
    if (own?.state !== "mapped") return;
    if (own.count < this.ports.length) this.#grantsSets = false;
    this.#wanting = true;
    for (const port of others) {
      const covered = isCovered(first, port, own.count);
      if (covered && mappings.wants(port)) mappings.withdraw(port);
      if (!covered && !mappings.wants(port)) mappings.want(this.#wish(port, 1));
    }
    this.#wanting = false;
  }

  #wish({ transport, internalPort, host, wishedPort }: WishedPort, count: number): MappingWish {
    const number = wishedPort + this.#distance;
    const { numbers, sources } = this.#options;
    // One port alone that may be any begins with its wished number.
    const free = numbers === "any" || (numbers === "together" && this.ports.length === 1);
    return {
      transport,
      internalPort,
      ...(host !== undefined && { host }),
      externalPort: free ? null : number,
      ...(free && { suggestedPort: number }),
      ...(count > 1 && { count }),
      ...(sources.length > 0 && { sources }),
    };
  }

  /** Ports that one PCP mapping could hold (RFC 7753): all of them, where they stand in a row. */
  #setCount(): number {
    const { mappings } = this.#options;
    const [first, ...others] = this.ports;
    const inRow = others.every((port) => isCovered(first, port, this.ports.length));
    return this.#grantsSets && others.length > 0 && inRow && mappings.protocol === "pcp"
      ? this.ports.length
      : 1;
  }

  #giveUp(port: MappedPort, reason: Problem): void {
    const { environment, onChange } = this.#options;
    this.#refusal = { problem: reason, port };
    this.#again = environment.clock.after(TRY_AGAIN, () => this.#start(this.#firstDistance()));
    this.#withdrawAll();
    onChange();
  }

  #withdrawAll(): void {
    this.#wanting = true;
    for (const port of this.ports) this.#options.mappings.withdraw(port);
    this.#wanting = false;
  }

  #forgetRefusal(): void {
    this.#refusal = null;
    this.#again?.();
    this.#again = null;
  }
}

function isPort(number: number): boolean {
  return number >= 1 && number <= HIGHEST_PORT;
}
