/**
 * Keeps hold of the gateway in use: the default route's, or the one named by hand. Hands its best mapper to the
 * mapping loops, and tells them when it lost what it had granted.
 */
import { problem } from "../../../shared/problems.ts";
import type { Gateway, MappingProtocol, Problem } from "../../../shared/snapshot.ts";
import type { Cancel, Environment, UdpAddress } from "../environment.ts";
import type { LeaseBook } from "./lease-book.ts";
import { MapperChoice } from "./mapper-choice.ts";
import type { GatewayRef, PortMapper, StateLoss } from "./port-mapper.ts";

/** Makes the mappers for a gateway, best protocol first. */
export type MapperFactory = (gateway: GatewayRef) => readonly PortMapper[];

export interface GatewayTrackerOptions {
  readonly environment: Environment;
  readonly createMappers: MapperFactory;
  /** What was granted, and by which protocol. */
  readonly book: Pick<LeaseBook, "all" | "mayBeHeld">;
  /** Another gateway, another mapper, or another reason for having none. */
  readonly onChange: () => void;
  /** The gateway told, or showed, that it forgot its mappings or that its address changed. */
  readonly onStateLost: (signal: StateLoss) => void;
}

/** Milliseconds over which clients spread their requests after an announcement (RFC 6887 §14.1.3). */
const ANNOUNCE_SPREAD = 5000;

interface Current {
  readonly address: string;
  readonly choice: MapperChoice;
}

export class GatewayTracker {
  readonly #options: GatewayTrackerOptions;
  #byHand: string | null = null;
  #current: Current | null = null;
  #looked = false;
  #looks = 0;
  #announced: Cancel | null = null;
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
    return this.#current?.choice.mapper ?? null;
  }

  /** Why nothing can be mapped now; null while it can, or while we are still finding out. */
  get problem(): Problem | null {
    if (this.#current === null) return this.#looked ? problem("no-gateway") : null;
    return this.#current.choice.state === "silent" ? problem("no-response") : null;
  }

  get gateways(): readonly Pick<Gateway, "address" | "protocols" | "state">[] {
    if (this.#current === null) return [];
    const { address, choice } = this.#current;
    return [{ address, protocols: choice.protocols, state: choice.state }];
  }

  /** Ask the gateway again now (the user pressed a button). */
  askAgain(): void {
    this.#current?.choice.check();
  }

  /**
   * Routes or addresses of this PC changed, or time passed unseen: sockets are opened anew, the default gateway is
   * looked up, and all protocols are asked again.
   */
  async networkChanged(): Promise<void> {
    const before = this.#current;
    for (const mapper of before?.choice.mappers ?? []) mapper.networkChanged?.();
    await this.#look();
    if (this.#current === before) before?.choice.check({ anew: true });
  }

  /** A datagram came to the port for announcements (RFC 6887 §14.1.3, RFC 6886 §3.2.1), from whomever. */
  announced(datagram: Uint8Array, from: UdpAddress): void {
    for (const mapper of this.#current?.choice.mappers ?? []) mapper.announced?.(datagram, from);
  }

  close(): void {
    this.#ended = true;
    this.#drop();
  }

  async #look(): Promise<void> {
    this.#looks += 1;
    const look = this.#looks;
    const address = this.#byHand ?? (await this.#defaultGateway());
    // A later look knows better.
    if (this.#ended || look !== this.#looks) return;
    const first = !this.#looked;
    this.#looked = true;
    if (address !== this.address) this.#take(address);
    else if (first) this.#options.onChange();
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
    const { environment, createMappers, onChange } = this.#options;
    environment.log.info("gateway", { address });
    if (address !== null) {
      const choice = new MapperChoice({
        environment,
        mappers: createMappers({ address }),
        history: (protocol) => this.#history(address, protocol),
        onChange,
      });
      const current: Current = { address, choice };
      this.#current = current;
      for (const mapper of choice.mappers) {
        mapper.onStateLost((signal) => this.#lost(current, mapper, signal));
      }
      choice.check();
    }
    onChange();
  }

  #drop(): void {
    this.#announced?.();
    this.#announced = null;
    this.#current?.choice.close();
    this.#current = null;
  }

  /** All protocols of a gateway share its state; the same loss may show in several of them, and several times. */
  #lost(current: Current, mapper: PortMapper, signal: StateLoss): void {
    if (this.#current !== current) return;
    const { environment, onStateLost } = this.#options;
    environment.log.info("gateway lost its state", { protocol: mapper.protocol, signal });
    if (signal === "announce") {
      this.#announced ??= environment.clock.after(
        environment.random.fraction() * ANNOUNCE_SPREAD,
        () => {
          this.#announced = null;
          this.#askAnew(current, signal);
        },
      );
      return;
    }
    // Only what is in use has leases to lose; an announcement that was about to be acted on is so now.
    if (mapper !== current.choice.mapper) return;
    this.#announced?.();
    this.#announced = null;
    if (signal === "address") return onStateLost(signal);
    this.#askAnew(current, signal);
  }

  /** Where nothing of ours is left, a better protocol may as well take over. */
  #askAnew(current: Current, signal: StateLoss): void {
    if (!current.choice.takeBest()) this.#options.onStateLost(signal);
  }

  #history(address: string, protocol: MappingProtocol): "holds" | "used" | "none" {
    const { book } = this.#options;
    // What was asked for and never granted speaks for no protocol.
    const leases = book
      .all()
      .filter(
        (lease) =>
          lease.gateway === address &&
          lease.protocol === protocol &&
          lease.externalAddress !== null,
      );
    if (leases.some((lease) => book.mayBeHeld(lease))) return "holds";
    return leases.length > 0 ? "used" : "none";
  }
}
