/** All exposures of this run, and the mappings that are made for them on each way in. */
import { exposureKey, portKey } from "../../../shared/endpoint.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import { sameSources } from "../../../shared/sources.ts";
import type { Exposure, Problem, Transport } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import { innerLayers, type Layer, layers } from "../gateway/layer.ts";
import type { LeaseBook } from "../gateway/lease-book.ts";
import type { PortMapper } from "../gateway/port-mapper.ts";
import { Exposed, type Terms } from "./exposed.ts";
import type { GatewayLink, MappedPort } from "../mapping/lease-records.ts";
import type { Listening } from "./listening.ts";
import { mappingKey, Mappings } from "../mapping/mappings.ts";
import { ServerFollower } from "./server-follower.ts";
import { visitorsOf } from "./visitors.ts";
import type { Surroundings } from "./ways-in.ts";

export interface ExposuresOptions {
  readonly environment: Environment;
  readonly book: LeaseBook;
  readonly onChange: () => void;
  /** Milliseconds from a server's end until an exposure that follows it is closed. */
  readonly closeAfter: () => number;
  /** False while what listens cannot be seen. */
  readonly canTell: () => boolean;
  /** The address that the internet sees of this PC's own router, null while that is not known; absent: never. */
  readonly seenFromOutside?: () => string | null;
}

/** Milliseconds from a server's end until an exposure of this session is gone, when that is less than usual. */
const SESSION_CLOSE = 15_000;

export class Exposures {
  readonly #options: ExposuresOptions;
  readonly #mappings: Readonly<Record<Layer, Mappings>>;
  readonly #exposed = new Map<string, Exposed>();
  /** Null before the first look. */
  #listening: Listening | null = null;
  readonly #attached = new Set<Layer>();
  /** All that the user wants was named. */
  #knowsAll = false;
  /** No server that comes now opens anything any more. */
  #ending = false;
  #looking = false;
  /** Changes are being made that are looked at together. */
  #gathering = false;
  /** Called when something is gone. */
  readonly #waiting: (() => void)[] = [];

  constructor(options: ExposuresOptions) {
    this.#options = options;
    const { environment, book } = options;
    const onChange = (): void => this.#changed();
    const create = (layer: Layer): Mappings => new Mappings({ environment, book, layer, onChange });
    this.#mappings = {
      ipv4: create("ipv4"),
      ipv6: create("ipv6"),
      upstream: create("upstream"),
      "ipv4-2": create("ipv4-2"),
      "ipv4-3": create("ipv4-3"),
      "ipv4-4": create("ipv4-4"),
      "ipv6-2": create("ipv6-2"),
      "ipv6-3": create("ipv6-3"),
      "ipv6-4": create("ipv6-4"),
    };
  }

  want(intent: ExposureIntent, terms: Partial<Terms> = {}): void {
    const exposed = this.#take(intent, { gate: "open", session: false, ...terms });
    if (exposed.isOpen) exposed.open();
    else if (exposed.follower?.state === "closed") this.#closeOrForget(exposed);
    this.#changed();
    this.#shutOut(exposed);
  }

  /** Lets these visitors alone into a wanted exposure; none: everybody. */
  setSources(ref: MappedPort, sources: readonly string[]): void {
    const exposed = this.#exposed.get(mappingKey(ref));
    if (exposed?.wanted !== true || sameSources(exposed.intent.sources, sources)) return;
    this.want({ ...exposed.intent, sources: [...sources] }, exposed.terms);
  }

  /** Who may connect to what is wanted of these ports; undefined: nothing is said. */
  sourcesOf(ports: readonly MappedPort[]): readonly string[] | undefined {
    const limited = ports.map((port) => this.#exposed.get(mappingKey(port)));
    return limited.find((one) => one?.wanted === true && one.intent.sources?.length)?.intent
      .sources;
  }

  withdraw(ref: MappedPort): void {
    const exposed = this.#exposed.get(mappingKey(ref));
    if (exposed) exposed.withdraw();
    else for (const layer of innerLayers) this.#mappings[layer].withdraw(ref);
    this.#changed();
  }

  /** Lets a wanted exposure be opened or not. */
  decide(ref: MappedPort, gate: Terms["gate"]): void {
    const exposed = this.#exposed.get(mappingKey(ref));
    if (exposed?.wanted !== true || isSame(exposed.terms.gate, gate)) return;
    exposed.decide(gate);
    this.#changed();
  }

  /** Lets a wanted exposure follow its server or not; what is mapped stays so for now. */
  setWhileRunning(ref: MappedPort, whileRunning: boolean): void {
    const exposed = this.#exposed.get(mappingKey(ref));
    if (exposed?.wanted !== true || (exposed.follower !== null) === whileRunning) return;
    if (exposed.terms.session) return;
    this.#retake(exposed, whileRunning, exposed.terms);
  }

  /** Its server turns out to be one that ends for good: a wanted exposure ends with it. What is mapped stays so for now. */
  endWithSession(ref: MappedPort): void {
    const exposed = this.#exposed.get(mappingKey(ref));
    if (exposed?.wanted !== true || exposed.terms.session) return;
    this.#retake(exposed, true, { ...exposed.terms, session: true });
  }

  #retake({ intent }: Exposed, whileRunning: boolean, terms: Terms): void {
    const next = this.#take({ ...intent, whileRunning }, terms);
    if (next.isOpen) next.open();
    this.#changed();
  }

  /** What listens on this PC, after a look that succeeded. */
  listening(listening: Listening): void {
    if (this.#ending) return;
    this.#listening = listening;
    for (const [key, { follower, terms }] of this.#exposed) {
      follower?.see(serversFor(terms, listening).has(key));
    }
    this.#changed();
  }

  /** The external address of this PC's own router, as its mappings tell it; null while none does. */
  get externalAddress(): string | null {
    return this.#mappings.ipv4.externalAddress;
  }

  retry(ref: MappedPort): void {
    this.#exposed.get(mappingKey(ref))?.retry();
  }

  /**
   * Everything that is wanted was named: what was made earlier and is not among it is removed, on this gateway and on
   * each that is met from now on.
   */
  clearLeftovers(): void {
    this.#knowsAll = true;
    for (const layer of ["ipv4", "ipv6"] as const) this.#clear(layer);
  }

  #clear(layer: Layer): void {
    const kept = [...this.#exposed.values()].filter((exposed) => !exposed.isShut);
    const wanted = this.#claimed(layer, kept);
    this.#mappings[layer].clearLeftovers((key) => wanted.has(key));
  }

  /** Another gateway or protocol (or none, and why) is in use on this way in. */
  attach(link: GatewayLink | null, problem: Problem | null, layer: Layer = "ipv4"): void {
    if (link !== null || problem !== null) this.#attached.add(layer);
    else this.#attached.delete(layer);
    this.together(() => {
      this.#mappings[layer].attach(link, problem);
      // What stands on an outer router is looked at whenever something changes.
      if (link !== null && layer !== "upstream" && this.#knowsAll) this.#clear(layer);
    });
  }

  /** The gateway announced that it lost its state: it is asked again, and what stands is shown until it answers. */
  suspect(layer: Layer): void {
    this.together(() => this.#mappings[layer].suspect());
  }

  /** All that `mapper` made has this external address from now on. */
  moved(layer: Layer, mapper: PortMapper, address: string): void {
    this.together(() => this.#mappings[layer].moved(mapper, address));
  }

  stateLost(layer: Layer = "ipv4"): void {
    this.together(() => this.#mappings[layer].stateLost());
  }

  /** Another look at every mapping: what should stand and does not is asked for, where that is of any use. */
  look(): void {
    this.together(() => {
      for (const layer of layers) this.#mappings[layer].look();
    });
  }

  /** True while a mapping of this PC's own router tells its address, or is about to. */
  get hasMappings(): boolean {
    return this.#mappings.ipv4.hasAny;
  }

  /** Asks the gateways again for everything that stands (see `MappingLoop.check`). */
  check(...which: readonly Layer[]): void {
    this.together(() => {
      for (const layer of which.length > 0 ? which : layers) this.#mappings[layer].check();
    });
  }

  /** Withdraws everything, or what is not mapped; resolves when that is off the gateways. */
  async release(which: "all" | "unmapped"): Promise<void> {
    this.#ending = true;
    const leaving = [...this.#exposed.values()].filter(
      (exposed) =>
        which === "all" || exposed.terms.session || exposed.view(true)?.state !== "mapped",
    );
    for (const { follower } of this.#exposed.values()) follower?.stop();
    for (const exposed of leaving) exposed.withdraw();
    this.#changed();
    const isLeft = (): boolean =>
      leaving.some((exposed) => exposed.remains) ||
      (which === "all" && layers.some((layer) => [...this.#mappings[layer].keys].length > 0));
    while (isLeft()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Marks what is mapped as left open on purpose, so that no later run clears it away. */
  leave(): void {
    for (const layer of layers) this.#mappings[layer].leave();
  }

  /** Leaves the gateways as they are and stops. */
  close(): void {
    for (const exposed of this.#exposed.values()) exposed.close();
    this.#exposed.clear();
    for (const layer of layers) this.#mappings[layer].close();
  }

  /** Sorted by transport and port; `listens` tells whether a program listens there. */
  views(listens: (transport: Transport, port: number) => boolean): readonly Exposure[] {
    return [...this.#exposed.values(), ...this.#leftovers()]
      .flatMap((exposed) => {
        const { transport, internalPort, host } = exposed.intent;
        return exposed.view(host === undefined && listens(transport, internalPort)) ?? [];
      })
      .toSorted(
        (a, b) =>
          a.internalPort - b.internalPort ||
          a.transport.localeCompare(b.transport) ||
          (a.host ?? "").localeCompare(b.host ?? ""),
      );
  }

  /** What an earlier run made and is on its way out. */
  #leftovers(): readonly Exposed[] {
    const claimed = this.#claimed("ipv4");
    const keys = [...this.#mappings.ipv4.keys].filter((key) => !claimed.has(key));
    return keys.flatMap((key) => {
      const wish = this.#mappings.ipv4.wish(key);
      if (wish === null) return [];
      const { transport, internalPort, host } = wish;
      const intent = { transport, internalPort, externalPort: null, ...(host && { host }) };
      const exposed = this.#create(intent, null, { gate: "open", session: false });
      exposed.withdraw();
      return [exposed];
    });
  }

  #claimed(layer: Layer, by: Iterable<Exposed> = this.#exposed.values()): ReadonlySet<string> {
    const ports = [...by].flatMap((exposed) => exposed.ports(layer));
    return new Set(ports.map(mappingKey));
  }

  /** Remembers the wish, and follows the server where it is to be followed. */
  #take(intent: ExposureIntent, terms: Terms): Exposed {
    const key = exposureKey(intent);
    const before = this.#exposed.get(key);
    before?.close();
    const { environment, closeAfter, canTell } = this.#options;
    const follower =
      intent.whileRunning === true
        ? new ServerFollower({
            clock: environment.clock,
            closeAfter: terms.session ? () => Math.min(SESSION_CLOSE, closeAfter()) : closeAfter,
            canTell,
            open: this.#mappings.ipv4.wants(intent),
            listening: this.#listening && serversFor(terms, this.#listening).has(key),
            onChange: () => this.#followed(key),
          })
        : null;
    const exposed = this.#create(intent, follower, terms);
    this.#exposed.set(key, exposed);
    // Ports that it had and is not to have any more.
    for (const layer of innerLayers) {
      const kept = new Set(exposed.ports(layer).map(mappingKey));
      for (const port of before?.ports(layer) ?? []) {
        if (!kept.has(mappingKey(port))) this.#mappings[layer].withdraw(port);
      }
    }
    return exposed;
  }

  /** What stands, is not kept up and lets in others than the user said now, on a way that is not open. */
  #shutOut(exposed: Exposed): void {
    for (const layer of innerLayers) {
      const visitors = visitorsOf(exposed.intent, layer);
      for (const port of exposed.ports(layer)) {
        if (visitors === null) this.#mappings[layer].withdraw(port);
        else this.#mappings[layer].withdrawOther(port, visitors);
      }
    }
  }

  #create(intent: ExposureIntent, follower: ServerFollower | null, terms: Terms): Exposed {
    const { environment, seenFromOutside = () => null } = this.#options;
    const onChange = (): void => this.#changed();
    return new Exposed({
      environment,
      seenFromOutside,
      mappings: this.#mappings,
      intent,
      follower,
      terms,
      onChange,
    });
  }

  /** The server came or is gone for long enough. */
  #followed(key: string): void {
    const exposed = this.#exposed.get(key);
    if (exposed === undefined) return;
    const open = exposed.isOpen;
    this.#options.environment.log.info(open ? "opened for its server" : "closed with its server", {
      mapping: key,
    });
    if (open) exposed.open();
    else this.#closeOrForget(exposed);
    this.#changed();
  }

  /** Its server is gone; of this session's it was the last, since the next one has another port. */
  #closeOrForget(exposed: Exposed): void {
    if (exposed.terms.session && exposed.follower?.state === "closed") exposed.withdraw();
    else exposed.shut();
  }

  #around({ intent }: Exposed): Surroundings {
    const key = portKey(intent.transport, intent.internalPort);
    const listens = this.#listening?.all.has(key) === true;
    return {
      ipv6Alone: listens ? this.#listening?.ipv6Alone.has(key) === true : null,
      hearsIpv6: listens ? this.#listening?.ipv6.has(key) === true : null,
      hasIpv6: this.#attached.has("ipv6"),
      hasUpstream: this.#attached.has("upstream"),
      attached: this.#attached,
    };
  }

  /**
   * What follows from the changes that `task` makes is looked at once, at its end: after each of them it would take the
   * square of the number of exposures.
   */
  together(task: () => void): void {
    if (this.#gathering) return task();
    this.#gathering = true;
    try {
      task();
    } finally {
      this.#gathering = false;
    }
    this.#changed();
  }

  /** Something changed: every exposure looks at what follows from it, once for changes that come of looking. */
  #changed(): void {
    if (this.#looking || this.#gathering) return;
    this.#looking = true;
    for (const [key, exposed] of this.#exposed) {
      if (!this.#ending) exposed.look(this.#around(exposed));
      if (!exposed.wanted && !exposed.remains) this.#exposed.delete(key);
    }
    this.#clearUpstream();
    this.#looking = false;
    this.#options.onChange();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** What stands on the outer router is known to be of no use once all inner ports are known. */
  #clearUpstream(): void {
    const open = [...this.#exposed.values()].filter((exposed) => exposed.isOpen);
    if (!this.#attached.has("upstream") || open.some((exposed) => !exposed.isSettled)) return;
    const claimed = this.#claimed("upstream");
    this.#mappings.upstream.clearLeftovers((key) => claimed.has(key));
  }
}

/** What an exposure of these terms is open for. */
function serversFor({ session }: Terms, { all, forSession }: Listening): ReadonlySet<string> {
  return session ? forSession : all;
}

function isSame(a: Terms["gate"], b: Terms["gate"]): boolean {
  return typeof a === "object" && typeof b === "object" ? a.message === b.message : a === b;
}
