/**
 * Keeps hold of the gateway in use on one way in. Hands its best mapper to the mapping loops, and tells them when it
 * lost what it had granted.
 */
import { problem } from "../../../shared/problems.ts";
import type { Gateway, MappingProtocol, Problem } from "../../../shared/snapshot.ts";
import type { Cancel, Environment, UdpAddress } from "../environment.ts";
import { type Candidate, CandidateRace } from "./candidate-race.ts";
import type { GatewayMemory } from "./gateway-memory.ts";
import type { Layer } from "./layer.ts";
import { type LeaseBook, mayBeOf } from "./lease-book.ts";
import { MapperChoice } from "./mapper-choice.ts";
import type { MapperFactory } from "./mapper-factory.ts";
import { Parting } from "./parting.ts";
import { sameAddress } from "../addresses.ts";
import type { GatewayRef, PortMapper, StateLoss } from "./port-mapper.ts";
import { RouterIdentities } from "./router-identities.ts";
import { needOf, type SpecialNeed, specialNeeds } from "./special-need.ts";
import type { KnownQuirks } from "./upnp/igd/quirks.ts";

export interface GatewayTrackerOptions {
  readonly environment: Environment;
  readonly createMappers: MapperFactory;
  /** Whom to ask, best first; asked for anew with each look. Rejects when that cannot be told. */
  readonly candidates: () => Promise<readonly GatewayRef[]>;
  /** Why there is nobody to ask; absent: no default route. */
  readonly nobody?: () => Problem;
  /** The way in that it is for; absent: the router's NAT. */
  readonly layer?: Layer;
  /** What earlier runs found out of gateways; absent: nothing. */
  readonly memory?: Pick<GatewayMemory, "recall" | "note" | "quirksOf">;
  /** What was granted, and by which protocol. */
  readonly book: Pick<LeaseBook, "all" | "held" | "mayBeHeld" | "put">;
  /** Another gateway, another mapper, or another reason for having none. */
  readonly onChange: () => void;
  /** It changes because the one before fell silent, or because one that goes before it is back. */
  readonly onMoved?: (why: "silence" | "return") => void;
  /** The gateway told, or showed, that it forgot its mappings or that its address changed. */
  readonly onStateLost: (signal: StateLoss) => void;
  /** All that `mapper` made has this external address from now on. */
  readonly onAddress?: (address: string, mapper: PortMapper, signal: StateLoss) => void;
}

/** Milliseconds over which clients spread their requests after a loss that all see (RFC 6887 §14.1.3, RFC 6886 §3.7). */
const ANNOUNCE_SPREAD = 5000;

export class GatewayTracker {
  readonly #options: GatewayTrackerOptions;
  readonly #race: CandidateRace;
  readonly #parting: Parting;
  readonly #identities: RouterIdentities;
  #looked = false;
  #looks = 0;
  #shown: GatewayRef | null = null;
  #announced: Cancel | null = null;
  #ended = false;

  constructor(options: GatewayTrackerOptions) {
    this.#options = options;
    const { layer = "ipv4" } = options;
    this.#parting = new Parting({ ...options, layer, inUse: () => this.address });
    this.#identities = new RouterIdentities({
      environment: options.environment,
      look: () => this.look(),
      onIdentified: () => options.onChange(),
      onUnknown: () => this.#changed(),
    });
    this.#race = new CandidateRace({
      clock: options.environment.clock,
      createChoice: (candidate, onChange) => this.#createChoice(candidate, onChange),
      holds: ({ address }) =>
        this.#leasesOf(address).some((lease) => options.book.mayBeHeld(lease)),
      onChange: () => this.#changed(),
      onLeft: (gateway) => this.#parting.from(gateway, this.#identities.linkOf(gateway.address)),
      onMoved: (why) => options.onMoved?.(why),
    });
  }

  /** The gateway in use; while none has answered, the one that most likely will. */
  get gateway(): GatewayRef | null {
    return this.#race.foremost?.gateway ?? null;
  }

  get address(): string | null {
    return this.gateway?.address ?? null;
  }

  /** The link-layer address of that gateway; null while it is not known. */
  get router(): string | null {
    return this.address === null ? null : this.#identities.linkOf(this.address);
  }

  get mapper(): PortMapper | null {
    return this.#known?.choice.mapper ?? null;
  }

  /** The one for mappings of this need, which may be another one. */
  mapperFor(need: SpecialNeed): PortMapper | null {
    return this.#known?.choice.mapperFor(need) ?? null;
  }

  /** Those that answered of the gateway in use, best first. */
  get mappers(): readonly PortMapper[] {
    const choice = this.#known?.choice;
    return choice?.mappers.filter(({ protocol }) => choice.protocols.includes(protocol)) ?? [];
  }

  /** Why nothing can be mapped now; null while it can, or while we are still finding out. */
  get problem(): Problem | null {
    const { foremost } = this.#race;
    if (foremost === null) {
      if (!this.#looked) return null;
      return this.#options.nobody?.() ?? problem("no-gateway");
    }
    return foremost.choice.state === "silent" ? problem("no-response") : null;
  }

  get gateways(): readonly Pick<Gateway, "address" | "protocols" | "state">[] {
    const { foremost } = this.#race;
    if (foremost === null) return [];
    const { protocols, state } = foremost.choice;
    return [{ address: foremost.gateway.address, protocols, state }];
  }

  /**
   * Finds out anew whom to ask, and asks who is new. Where the user `chose` another way, what was opened on the one
   * that is left is closed: it is there still.
   */
  async look({ chosen = false } = {}): Promise<void> {
    this.#looks += 1;
    const look = this.#looks;
    const gateways = await this.#candidates();
    const links = await this.#identities.read(gateways ?? []);
    // A later look knows better.
    if (this.#ended || look !== this.#looks) return;
    const first = !this.#looked;
    this.#looked = true;
    if (gateways === null) {
      if (first) this.#options.onChange();
      return;
    }
    const before = this.#race.foremost;
    const known = this.#known;
    const used = this.#race.inUse;
    const isLeft =
      used !== null && !gateways.some(({ address }) => address === used.gateway.address);
    if (chosen && isLeft && used.choice.state === "answering")
      this.#parting.from(used.gateway, this.#identities.linkOf(used.gateway.address));
    this.#race.enter(gateways, this.#identities.note(links));
    if (first || before !== this.#race.foremost || known !== this.#known) this.#changed();
  }

  /** Ask the gateway again now (the user pressed a button); `anew` gives up the questions under way. */
  askAgain({ anew = false } = {}): void {
    this.#race.askAgain({ anew });
  }

  /**
   * Routes or addresses of this PC changed, or time passed unseen: sockets are opened anew, the candidates are looked
   * up, and all protocols are asked again.
   */
  async networkChanged(): Promise<void> {
    const before = this.#race.asked;
    for (const mapper of this.#mappersOf(before)) mapper.networkChanged?.();
    await this.look();
    if (this.#ended) return;
    if (this.#race.asked.some((asked) => before.includes(asked)))
      this.#race.askAgain({ anew: true });
  }

  /** A datagram came to the port for announcements (RFC 6887 §14.1.3, RFC 6886 §3.2.1), from whomever. */
  announced(datagram: Uint8Array, from: UdpAddress): void {
    for (const asked of this.#race.asked) {
      for (const mapper of asked.choice.mappers) mapper.announced?.(datagram, from);
      // It is back, and says so: no reason to wait for the next round of questions.
      const { state } = asked.choice;
      if (state === "silent" && sameAddress(from.address, asked.gateway.address)) {
        asked.choice.check();
      }
    }
  }

  close(): void {
    this.#ended = true;
    this.#announced?.();
    this.#identities.close();
    this.#parting.close();
    this.#race.close();
  }

  /** What is in use; null while it may be another router than the one of which the lease book tells. */
  get #known(): CandidateRace["inUse"] {
    const used = this.#race.inUse;
    return used === null || this.#isInDoubt(used.gateway.address) ? null : used;
  }

  #isInDoubt(address: string): boolean {
    if (!this.#identities.isPending(address)) return false;
    return this.#leasesOf(address).some(({ router }) => router !== undefined);
  }

  async #candidates(): Promise<readonly GatewayRef[] | null> {
    try {
      return await this.#options.candidates();
    } catch (error) {
      // "Could not tell" is no news: keep the gateway we have.
      this.#options.environment.log.warn("cannot read the routes", { error: String(error) });
      return null;
    }
  }

  #createChoice({ gateway }: Candidate, onChange: () => void): MapperChoice {
    const { environment, createMappers, memory } = this.#options;
    const store = memory?.quirksOf(() => this.#identities.of(gateway)) ?? null;
    const quirks = store && {
      recall: () => store.recall(),
      note: (known: KnownQuirks) =>
        void this.#identities.whenIdentified(gateway, () => store.note(known)),
    };
    const mappers = createMappers(gateway, quirks).filter((mapper) => {
      const speaks = gateway.protocols?.includes(mapper.protocol) ?? true;
      if (!speaks) mapper.close();
      return speaks;
    });
    const choice = new MapperChoice({
      environment,
      mappers,
      history: (protocol, need) => this.#history(gateway.address, protocol, need ?? null),
      hasSubstitute: gateway.sameServer !== undefined,
      known: memory?.recall(this.#identities.of(gateway)) ?? {},
      onVerdict: (protocol, verdict) =>
        void this.#identities.whenIdentified(gateway, (identity) =>
          memory?.note(identity, protocol, verdict),
        ),
      onChange,
    });
    for (const mapper of choice.mappers) {
      mapper.onMoved?.((address, signal) => {
        if (this.#race.inUse?.choice !== choice) return;
        this.#options.onAddress?.(address, mapper, signal);
      });
      mapper.onStateLost((signal) => this.#lost(choice, mapper, signal));
    }
    return choice;
  }

  #changed(): void {
    const { gateway } = this;
    if (gateway !== this.#shown) {
      this.#shown = gateway;
      this.#announced?.();
      this.#announced = null;
      this.#options.environment.log.info("gateway", { address: gateway?.address ?? null });
    }
    const used = this.#race.inUse?.gateway.address;
    if (used !== undefined && this.#identities.isPending(used)) {
      void this.#identities.identify(used);
    }
    this.#options.onChange();
  }

  #mappersOf(asked: CandidateRace["asked"]): readonly PortMapper[] {
    return asked.flatMap(({ choice }) => choice.mappers);
  }

  /** All protocols of a gateway share its state; the same loss may show in several of them, and several times. */
  #lost(choice: MapperChoice, mapper: PortMapper, signal: StateLoss): void {
    if (this.#race.inUse?.choice !== choice) return;
    const { environment, onStateLost } = this.#options;
    environment.log.info("gateway lost its state", { protocol: mapper.protocol, signal });
    const isInUse =
      mapper === choice.mapper || specialNeeds.some((need) => mapper === choice.mapperFor(need));
    // Only what is in use has leases to lose; an announcement counts for all protocols.
    if (!isInUse && signal !== "announce") return;
    if (signal === "announce" || (signal === "epoch" && mapper.protocol === "nat-pmp")) {
      this.#announced ??= environment.clock.after(
        environment.random.fraction() * ANNOUNCE_SPREAD,
        () => {
          this.#announced = null;
          void this.#askAnew(choice, signal);
        },
      );
      return;
    }
    // An announcement that was about to be acted on is so now.
    this.#announced?.();
    this.#announced = null;
    if (signal === "address" || signal === "event") return onStateLost(signal);
    void this.#askAnew(choice, signal);
  }

  /** Where nothing of ours is left, a better protocol may as well take over; or it is another router altogether. */
  async #askAnew(choice: MapperChoice, signal: StateLoss): Promise<void> {
    const address = this.#race.inUse?.gateway.address;
    if (address !== undefined && (await this.#identities.isReplaced(address))) return this.look();
    if (this.#ended || this.#race.inUse?.choice !== choice) return;
    if (!choice.takeBest()) this.#options.onStateLost(signal);
  }

  #history(
    address: string,
    protocol: MappingProtocol,
    need: SpecialNeed | null,
  ): "holds" | "used" | "none" {
    const leases = this.#leasesOf(address).filter(
      (lease) => lease.protocol === protocol && needOf(lease) === need,
    );
    if (leases.some((lease) => this.#options.book.mayBeHeld(lease))) return "holds";
    return leases.length > 0 ? "used" : "none";
  }

  /** What was asked for and never granted speaks for no gateway and no protocol. */
  #leasesOf(address: string): ReturnType<LeaseBook["all"]> {
    const { book, layer = "ipv4" } = this.#options;
    const router = this.#identities.linkOf(address);
    return book
      .all()
      .filter(
        (lease) =>
          lease.gateway === address &&
          mayBeOf(lease, { router }) &&
          lease.layer === layer &&
          lease.externalAddress !== null,
      );
  }
}
