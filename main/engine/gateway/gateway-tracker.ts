/**
 * Keeps hold of the gateway in use: finds the default route's (or the one named by hand), asks which mapping
 * protocols it speaks, and hands the best mapper to the mapping loops.
 */
import { problem } from "../../../shared/problems.ts";
import type { Gateway, Problem } from "../../../shared/snapshot.ts";
import type { Cancel, Environment } from "../environment.ts";
import type { PortMapper, StateLoss } from "./port-mapper.ts";

/** Makes the mappers for a gateway, best protocol first. */
export type MapperFactory = (address: string) => readonly PortMapper[];

export interface GatewayTrackerOptions {
  readonly environment: Environment;
  readonly createMappers: MapperFactory;
  /** Another gateway, another mapper, or another reason for having none. */
  readonly onChange: () => void;
  /** The gateway told, or showed, that it forgot its mappings. */
  readonly onStateLost: (signal: StateLoss) => void;
}

/** Milliseconds between looks at the default route. */
const ROUTE_POLL = 2000;
/** Milliseconds after which a gateway that answered nothing counts as silent. */
const SILENT_AFTER = 2900;
/** Milliseconds between questions to a silent gateway: 30 s, doubling to 10 min. */
const ASK_AGAIN_FIRST = 30_000;
const ASK_AGAIN_MOST = 600_000;

interface Current {
  readonly address: string;
  readonly mappers: readonly PortMapper[];
  readonly abort: AbortController;
  readonly answered: Set<PortMapper>;
  mapper: PortMapper | null;
  state: Gateway["state"];
  askAgain: number;
}

export class GatewayTracker {
  readonly #options: GatewayTrackerOptions;
  #byHand: string | null = null;
  #current: Current | null = null;
  #looked = false;
  #timers = new Set<Cancel>();
  #poll: Cancel | null = null;
  #ended = false;

  constructor(options: GatewayTrackerOptions) {
    this.#options = options;
  }

  /** The gateway named by the user or a flag; null follows the default route. Looks at once. */
  async follow(byHand: string | null): Promise<void> {
    this.#byHand = byHand;
    await this.#look();
  }

  get address(): string | null {
    return this.#current?.address ?? null;
  }

  get mapper(): PortMapper | null {
    return this.#current?.mapper ?? null;
  }

  /** Why nothing can be mapped now; null while it can, or while we are still finding out. */
  get problem(): Problem | null {
    if (this.#current === null) return this.#looked ? problem("no-gateway") : null;
    return this.#current.state === "silent" ? problem("no-response") : null;
  }

  get gateways(): readonly Pick<Gateway, "address" | "protocols" | "state">[] {
    const current = this.#current;
    if (current === null) return [];
    const protocols = current.mappers
      .filter((mapper) => current.answered.has(mapper))
      .map((mapper) => mapper.protocol);
    return [{ address: current.address, protocols, state: current.state }];
  }

  /** Ask a silent gateway again now (the user pressed a button). */
  askAgain(): void {
    const current = this.#current;
    if (current !== null && current.mapper === null) this.#probe(current);
  }

  close(): void {
    this.#ended = true;
    this.#poll?.();
    this.#drop();
  }

  async #look(): Promise<void> {
    this.#poll?.();
    const address = this.#byHand ?? (await this.#defaultGateway());
    if (this.#ended) return;
    const first = !this.#looked;
    this.#looked = true;
    if (address !== this.address) this.#take(address);
    else if (first) this.#options.onChange();
    this.#poll?.();
    this.#poll = this.#options.environment.clock.after(ROUTE_POLL, () => void this.#look());
  }

  async #defaultGateway(): Promise<string | null> {
    try {
      const gateways = await this.#options.environment.network.defaultGateways();
      return gateways[0]?.address ?? null;
    } catch (error) {
      // "Could not tell" is no news: keep the gateway we have.
      this.#options.environment.log.warn("cannot read the routes", { error: String(error) });
      return this.address;
    }
  }

  #take(address: string | null): void {
    this.#drop();
    if (address !== null) {
      const mappers = this.#options.createMappers(address);
      const current: Current = {
        address,
        mappers,
        abort: new AbortController(),
        answered: new Set(),
        mapper: null,
        state: "probing",
        askAgain: ASK_AGAIN_FIRST,
      };
      this.#current = current;
      for (const mapper of mappers) {
        mapper.onStateLost((signal) => {
          if (this.#current === current) this.#options.onStateLost(signal);
        });
      }
      this.#probe(current);
    }
    this.#options.environment.log.info("gateway", { address });
    this.#options.onChange();
  }

  #drop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#current?.abort.abort();
    for (const mapper of this.#current?.mappers ?? []) mapper.close();
    this.#current = null;
  }

  /** Asks in all protocols at once; the first good answer of the best protocol wins. */
  #probe(current: Current): void {
    let open = current.mappers.length;
    const round = new AbortController();
    const signal = AbortSignal.any([current.abort.signal, round.signal]);
    const end = (): void => {
      round.abort();
      if (this.#current !== current || current.mapper !== null || current.state === "silent")
        return;
      current.state = "silent";
      this.#options.onChange();
    };
    const silent = this.#after(SILENT_AFTER, end);
    for (const mapper of current.mappers) {
      mapper.probe(signal).then(
        (speaks) => {
          open -= 1;
          if (this.#current !== current) return;
          if (speaks) this.#answered(current, mapper);
          else if (open === 0) {
            silent();
            end();
          }
        },
        () => {
          open -= 1;
        },
      );
    }
    this.#after(current.askAgain, () => {
      if (this.#current === current && current.mapper === null) this.#probe(current);
    });
    current.askAgain = Math.min(current.askAgain * 2, ASK_AGAIN_MOST);
  }

  #answered(current: Current, mapper: PortMapper): void {
    current.answered.add(mapper);
    current.state = "answering";
    // A better protocol that answers later does not take over mappings that stand.
    current.mapper ??= mapper;
    this.#options.onChange();
  }

  #after(delay: number, task: () => void): Cancel {
    const cancel = this.#options.environment.clock.after(delay, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
    return cancel;
  }
}
