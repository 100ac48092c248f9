/**
 * The gateways on all ways in, and everything that tells that one of them, or the way to it, changed. Each signal only
 * asks for another look; what it found is for the history.
 */
import { addressScope } from "../../shared/address-scope.ts";
import type { ChangeSignal, NetworkChange } from "../../shared/changes.ts";
import type { NetworkInterface } from "../../shared/network-interface.ts";
import { problem } from "../../shared/problems.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Exposure, Gateway, Outside } from "../../shared/snapshot.ts";
import { AnnounceListener } from "./change/announce-listener.ts";
import type { ChangeLog } from "./change/change-log.ts";
import { wayIn } from "./change/way-in.ts";
import { Inquiry } from "./change/inquiry.ts";
import { NetworkWatch } from "./change/network-watch.ts";
import { WakeWatch } from "./change/wake-watch.ts";
import type { Environment, Lan } from "./environment.ts";
import type { Exposures } from "./exposure/exposures.ts";
import { CandidateFinder } from "./gateway/candidate-finder.ts";
import { GatewayTracker } from "./gateway/gateway-tracker.ts";
import type { MapperFactory } from "./gateway/mapper-factory.ts";
import type { GatewayMemory } from "./gateway/gateway-memory.ts";
import { FurtherServers } from "./gateway/further-servers.ts";
import { isFurther, type Layer } from "./gateway/layer.ts";
import type { LeaseBook } from "./gateway/lease-book.ts";
import type { GatewayRef, PortMapper, StateLoss } from "./gateway/port-mapper.ts";
import { RouterHoldings } from "./gateway/router-holdings.ts";
import type { SpecialNeed } from "./gateway/special-need.ts";
import { UpperRouter } from "./gateway/upper-router.ts";
import { OutsideWatch, type Way } from "./observe/outside-watch.ts";

export interface GatewaysOptions {
  readonly environment: Environment;
  readonly lan: Lan;
  /** Milliseconds between looks at the routes. */
  readonly routePoll: number;
  readonly createMappers: MapperFactory;
  readonly book: LeaseBook;
  readonly memory: GatewayMemory;
  readonly exposures: Exposures;
  readonly changeLog: ChangeLog;
  readonly settings: () => Settings;
  /** The gateways named by hand; none: they are found. */
  readonly byHand: () => readonly string[];
  /** The server that tells which address the internet sees; null asks nobody. */
  readonly observer: () => string | null;
  readonly onChange: () => void;
  /** Something may have changed that others look at too. */
  readonly onSignal: () => void;
}

const signalOf: Readonly<Record<StateLoss, ChangeSignal>> = {
  epoch: "epoch",
  announce: "announcement",
  missing: "mapping-missing",
  address: "address-poll",
  event: "upnp-event",
};

export class Gateways {
  readonly #options: GatewaysOptions;
  readonly #trackers: Readonly<Record<"ipv4" | "ipv6" | "upstream", GatewayTracker>>;
  readonly #further: FurtherServers;
  readonly #wakeWatch: WakeWatch;
  readonly #networkWatch: NetworkWatch;
  readonly #announcements: AnnounceListener;
  readonly #inquiry: Inquiry;
  readonly #outside: OutsideWatch;
  /** What this PC's own router holds. */
  readonly holdings: RouterHoldings;
  /** The external address that a gateway told last. */
  #external: { readonly gateway: string; readonly address: string } | null = null;
  readonly #finder: CandidateFinder;
  readonly #upper: UpperRouter;

  constructor(options: GatewaysOptions) {
    this.#options = options;
    const { environment, lan, routePoll, exposures, settings } = options;
    const { network } = environment;
    this.#finder = new CandidateFinder({
      network,
      lan,
      chosen: () => settings().interface,
      byHand: options.byHand,
      onChange: options.onChange,
    });
    // Later: what is learned may be learned in the middle of a look at the exposures.
    this.#upper = new UpperRouter(network, () =>
      queueMicrotask(() => void this.#trackers.upstream.look()),
    );
    this.#further = new FurtherServers({
      createTracker: (layer, candidates) => this.#tracker(layer, candidates),
      isAsked: (address) =>
        this.#upper.isNeeded &&
        this.#trackers.upstream.mapper !== null &&
        this.#trackers.upstream.address === address,
    });
    this.#trackers = {
      ipv4: this.#tracker("ipv4", async () => {
        const { first, further } = await this.#finder.ipv4();
        this.#further.learn(4, further);
        return first;
      }),
      ipv6: this.#tracker("ipv6", async () => {
        const { first, further } = await this.#finder.ipv6();
        this.#further.learn(6, further);
        return first;
      }),
      upstream: this.#tracker("upstream", () =>
        this.#upper.candidates(this.#trackers.ipv4.gateway),
      ),
    };
    this.#wakeWatch = new WakeWatch({
      clock: environment.clock,
      onWake: (kind, seconds) => {
        environment.log.info("time passed without us", { kind, seconds });
        this.checkAll(kind === "stopped" ? "wake-up" : "clock-jump");
      },
    });
    this.#networkWatch = new NetworkWatch({
      environment,
      lan,
      routePoll,
      onChange: () => {
        environment.log.info("network changed");
        this.checkAll("network-change");
      },
    });
    this.#announcements = new AnnounceListener({
      lan,
      log: environment.log,
      onDatagram: (datagram, from) => {
        for (const tracker of this.#all) tracker.announced(datagram, from);
      },
    });
    this.#inquiry = new Inquiry({
      clock: environment.clock,
      log: environment.log,
      askEvery: () => settings().inquiryMinutes,
      lookEvery: () => settings().tableCheckMinutes,
      mapper: () => this.#trackers.ipv4.mapper,
      hasMappings: () => exposures.hasMappings,
      look: () => {
        options.changeLog.check("table-check");
        exposures.look();
        // The router before ours cannot tell us: it hears of us alone what it is asked.
        exposures.check("upstream");
      },
      onAddress: (address) => {
        options.changeLog.check("inquiry");
        this.#learn(address);
      },
    });
    this.#outside = new OutsideWatch({
      environment,
      server: options.observer,
      way: () => this.#way(),
      onChange: options.onChange,
      onDoubt: () => {
        options.changeLog.signal("outside");
        exposures.check("ipv4");
        this.#inquiry.askNow();
      },
    });
    this.holdings = new RouterHoldings({
      environment,
      book: options.book,
      router: () => this.#trackers.ipv4,
    });
  }

  /** Resolves when the gateway in use is known (not yet asked). */
  async start(): Promise<void> {
    this.#wakeWatch.start();
    this.#networkWatch.start();
    this.#inquiry.start();
    this.#outside.start();
    void this.#announcements.open();
    await Promise.all([this.#trackers.ipv4.look(), this.#trackers.ipv6.look()]);
  }

  stop(): void {
    this.#wakeWatch.stop();
    this.#networkWatch.stop();
    this.#inquiry.stop();
    this.#outside.stop();
    this.#announcements.close();
    for (const tracker of Object.values(this.#trackers)) tracker.close();
    this.#further.close();
  }

  /** Another server may have been chosen to tell which address the internet sees. */
  observerChanged(): void {
    this.#outside.update();
  }

  /** The user chose how often is asked and looked. */
  paceChanged(): void {
    this.#inquiry.paceChanged();
  }

  /** What the internet sees of this PC's own router; null while nobody is asked. */
  get outside(): Outside | null {
    return this.#outside.view;
  }

  /** Whom to ask is to be found out anew, since the user chose. */
  look(): void {
    const { ipv4, ipv6 } = this.#trackers;
    for (const tracker of [ipv4, ipv6]) void tracker.look({ chosen: true });
  }

  /** The user wants another try now. */
  askAgain(): void {
    for (const tracker of this.#all) tracker.askAgain();
    this.#outside.look();
  }

  /** Something may have changed unseen: look at the routes and ask for every mapping again. */
  checkAll(signal: ChangeSignal): void {
    this.#options.changeLog.signal(signal);
    // First who the routers are now: nothing is asked of one that was meant for another.
    const looked = this.#all.map((tracker) => tracker.networkChanged());
    void Promise.all(looked).then(() => this.#options.exposures.check());
    void this.#announcements.open();
    this.#outside.look();
    this.#options.onSignal();
  }

  /** Takes from what stands what it tells of the way to this PC; call it before `views`. */
  observe(exposures: readonly Exposure[]): void {
    const { changeLog } = this.#options;
    const address = this.#options.exposures.externalAddress;
    if (address !== null) this.#learn(address);
    const gateway = this.#trackers.ipv4.address;
    const own = {
      gateway: this.#trackers.ipv4.mapper === null ? null : gateway,
      externalAddress: this.#externalOf(gateway),
    };
    changeLog.observe(wayIn(own, exposures));
  }

  /** This PC's own router first. */
  get views(): readonly Gateway[] {
    const { ipv4, ipv6, upstream } = this.#trackers;
    const outer = this.#upper.isNeeded ? upstream.gateways : [];
    return [
      ...ipv4.gateways.map((found) => ({
        ...found,
        externalAddress: this.#externalOf(found.address),
      })),
      ...(ipv6.mapper === null ? [] : ipv6.gateways).map((found) => ({
        ...found,
        externalAddress: null,
        way: "ipv6" as const,
      })),
      ...outer.map((found) => ({ ...found, externalAddress: null, way: "upstream" as const })),
      ...this.#further.trackers
        .flatMap(({ gateways }) => gateways)
        .map((found) => ({ ...found, externalAddress: null, way: "further" as const })),
    ];
  }

  /** This PC's connections to the internet, the system's preferred one first; null before the first look. */
  get interfaces(): readonly NetworkInterface[] | null {
    return this.#finder.interfaces;
  }

  /** Newest first. */
  get changes(): readonly NetworkChange[] {
    return this.#options.changeLog.changes;
  }

  get #all(): readonly GatewayTracker[] {
    return [...Object.values(this.#trackers), ...this.#further.trackers];
  }

  #tracker(layer: Layer, candidates: () => Promise<readonly GatewayRef[]>): GatewayTracker {
    const { environment, createMappers, book, memory, exposures, changeLog, settings } =
      this.#options;
    return new GatewayTracker({
      environment,
      createMappers,
      candidates,
      nobody: () => problem(settings().interface === null ? "no-gateway" : "interface-away"),
      layer,
      book,
      memory,
      onChange: () => this.#attach(layer),
      onMoved: (why) => changeLog.signal(why),
      onStateLost: (signal) => {
        changeLog.signal(signalOf[signal]);
        if (signal === "announce") exposures.suspect(layer);
        else exposures.stateLost(layer);
        this.#askBeside(layer);
      },
      onAddress: (address, mapper, signal) => {
        changeLog.signal(signalOf[signal]);
        exposures.moved(layer, mapper, address);
      },
    });
  }

  /** A router that restarted did so for both families, and may say so in one alone. */
  #askBeside(layer: Layer): void {
    if (layer !== "ipv4" && layer !== "ipv6") return;
    // Anew: a round of questions under way has perhaps been answered before the restart.
    this.#trackers[layer === "ipv4" ? "ipv6" : "ipv4"].askAgain({ anew: true });
  }

  #attach(layer: Layer): void {
    const tracker = isFurther(layer) ? this.#further.tracker(layer) : this.#trackers[layer];
    if (tracker === undefined) return;
    const { gateway, address, router, mapper, mappers: answering, problem } = tracker;
    const mapperFor = (need: SpecialNeed): PortMapper | null => tracker.mapperFor(need);
    const link =
      address !== null && mapper !== null
        ? { address, router, mapper, mapperFor, answering, sameServer: gateway?.sameServer }
        : null;
    // Most routers speak to nobody over IPv6, and let in what they like: that is no failure to tell.
    const silent = layer === "ipv6" && link === null;
    const unneeded =
      (layer === "upstream" && !this.#upper.isNeeded) || (isFurther(layer) && address === null);
    this.#options.exposures.attach(
      unneeded ? null : link,
      silent || unneeded ? null : problem,
      layer,
    );
    if (layer === "ipv4") {
      this.#inquiry.gatewayChanged();
      this.#outside.update();
    }
    if (layer === "upstream") this.#further.look();
    this.#options.onChange();
  }

  #externalOf(gateway: string | null): string | null {
    return this.#external?.gateway === gateway ? (this.#external?.address ?? null) : null;
  }

  #learn(address: string): void {
    const gateway = this.#trackers.ipv4.address;
    if (gateway === null) return;
    const known = this.#externalOf(gateway);
    this.#external = { gateway, address };
    this.#upper.learn(address);
    if (known === address) return;
    this.#outside.update();
    this.#options.onChange();
  }

  /** The way whose far end is looked at; none in the demo network, which has no internet. */
  #way(): Way | null {
    const { gateway, mapper } = this.#trackers.ipv4;
    if (gateway === null || mapper === null || gateway.address.includes(":")) return null;
    if (addressScope(gateway.address) === "loopback") return null;
    const { address, localAddress } = gateway;
    return {
      gateway: address,
      onSystemsWay: this.#finder.isOnSystemsWay(address),
      ...(localAddress !== undefined && { localAddress }),
      // A mapping knows it first.
      told: this.#options.exposures.externalAddress ?? this.#externalOf(address),
    };
  }
}
