/**
 * One Exposure over all its ways in: the NAT of the router, the IPv6 firewall of the router, the NAT of the router
 * before it, where two stand in a row, and the servers that were named beside the first.
 */
import { isBehindNat } from "../../../shared/address-scope.ts";
import { problem } from "../../../shared/problems.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { Endpoint, Exposure, Problem } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import { familyOf, type FurtherLayer, furtherLayers, type Layer } from "../gateway/layer.ts";
import { type ExposureFacts, exposureView } from "./exposure-view.ts";
import type { Mappings } from "../mapping/mappings.ts";
import type { PortBlockView } from "./block-view.ts";
import { PortBlock, type WishedPort } from "./port-block.ts";
import type { ServerFollower } from "./server-follower.ts";
import { nobodyComes, visitorsOf } from "./visitors.ts";

export interface ExposedOptions {
  readonly environment: Environment;
  readonly mappings: Readonly<Record<Layer, Mappings>>;
  readonly intent: ExposureIntent;
  /** Of an exposure that is open only while its server runs. */
  readonly follower: ServerFollower | null;
  readonly terms: Terms;
  /** The address that the internet sees of this PC's own router; null while that is not known. */
  readonly seenFromOutside: () => string | null;
  readonly onChange: () => void;
}

/** What holds for an Exposure beside what the user wished. */
export interface Terms {
  /** Whether it may be opened: `unknown` opens nothing and closes nothing; a Problem keeps it closed, and why. */
  readonly gate: "open" | "unknown" | Problem;
  /** It ends with its server and is not kept. */
  readonly session: boolean;
}

/** What stands around an Exposure. */
export interface Surroundings {
  /** Whether its server listens on an IPv6 address; null where nothing listens now. */
  readonly hearsIpv6: boolean | null;
  /** Whether it listens on IPv6 addresses alone; null where nothing listens now. */
  readonly ipv6Alone: boolean | null;
  /** A router for IPv6 was found. */
  readonly hasIpv6: boolean;
  /** The router before this PC's own one is looked for. */
  readonly hasUpstream: boolean;
  /** The ways in on which there is somebody to ask. */
  readonly attached: ReadonlySet<Layer>;
}

const waiting: PortBlockView = {
  state: "waiting",
  gateway: null,
  protocol: null,
  endpoint: null,
  expiresAt: null,
  lifetime: null,
  error: null,
  count: 1,
  others: [],
};

export class Exposed {
  readonly intent: ExposureIntent;
  readonly follower: ServerFollower | null;
  readonly #options: ExposedOptions;
  readonly #ipv4: PortBlock;
  readonly #ipv6: PortBlock;
  #upstream: PortBlock | null = null;
  readonly #further = new Map<FurtherLayer, PortBlock>();
  /** Its server listens on IPv6 alone, or did when it was seen last. */
  #ipv6Alone = false;
  /** Nobody may come over IPv6, though that way could be opened. */
  #ipv6Closed = false;
  #wanted = true;
  #terms: Terms;

  constructor(options: ExposedOptions) {
    this.#options = options;
    this.intent = options.intent;
    this.follower = options.follower;
    this.#terms = options.terms;
    const { intent } = options;
    const ports = portsOf(intent);
    this.#ipv4 = this.#block("ipv4", ports, numbersOf(intent));
    this.#ipv6 = this.#block("ipv6", ports, "any");
  }

  /** False once it was withdrawn; it stays until nothing of it is left on a gateway. */
  get wanted(): boolean {
    return this.#wanted;
  }

  get isOpen(): boolean {
    const follows = this.follower === null || this.follower.state === "open";
    return this.#wanted && this.#terms.gate === "open" && follows;
  }

  /** It is not to be open, and that is known for sure. */
  get isShut(): boolean {
    return (
      !this.#wanted || typeof this.#terms.gate === "object" || this.follower?.state === "closed"
    );
  }

  get terms(): Terms {
    return this.#terms;
  }

  /** Opens or shuts it where that follows. */
  decide(gate: Terms["gate"]): void {
    const before = this.isOpen;
    this.#terms = { ...this.#terms, gate };
    if (this.isOpen && !before) this.open();
    // What an earlier run left there goes too.
    if (typeof gate === "object") this.shut();
  }

  /** The ports that it may have on this PC's own router, with those it has on the outer one. */
  ports(layer: Layer): readonly WishedPort[] {
    if (layer !== "upstream") return this.#ipv4.ports;
    return this.#upstream?.ports ?? [];
  }

  /** True while it is known which ports it has on this PC's own router, or that it has none. */
  get isSettled(): boolean {
    return this.#isClosed("ipv4") || this.#ipv4.endpoints !== null;
  }

  get remains(): boolean {
    return this.#blocks.some((block) => block.remains);
  }

  open(): void {
    if (this.#isClosed("ipv4")) this.#ipv4.shut();
    else this.#ipv4.open();
  }

  shut(): void {
    for (const block of this.#blocks) block.shut();
  }

  withdraw(): void {
    this.#wanted = false;
    this.follower?.stop();
    this.shut();
  }

  retry(): void {
    for (const block of this.#blocks) {
      if (block.isOpen) block.retry();
    }
  }

  close(): void {
    this.follower?.stop();
    for (const block of this.#blocks) block.close();
  }

  /** Looks at what stands and wants what follows from it; may be called at any time. */
  look(around: Surroundings): void {
    if (!this.isOpen) return;
    this.#lookAtIpv4(around);
    this.#lookAtIpv6(around);
    this.#lookAtUpstream(around);
    for (const layer of furtherLayers) this.#lookAtFurther(layer, around);
  }

  view(listening: boolean): Exposure | null {
    const own = this.#ownView();
    if (own === null) return null;
    return exposureView({
      intent: this.intent,
      session: this.#terms.session,
      listening,
      own,
      ipv6: this.#ipv6.isOpen ? this.#ipv6.view() : null,
      ipv6Closed: this.#ipv6Closed && this.isOpen,
      upstream: this.#upstream?.isOpen === true ? this.#upstream.view() : null,
      further: this.#furtherViews(),
      ports: this.#ipv4.ports,
      seenFromOutside: this.#options.seenFromOutside(),
    });
  }

  #ownView(): PortBlockView | null {
    const view = this.#ipv4.view();
    if (!this.#wanted) {
      const rest = view ?? this.#blocks.find((block) => block.remains)?.view() ?? null;
      return rest === null ? null : { ...rest, state: "withdrawing" };
    }
    // What is left of it on the gateway is on its way out; that this fails is all there is to say.
    if (!this.isOpen) {
      const others = this.#closedPorts();
      const { gate } = this.#terms;
      if (gate === "unknown") return { ...waiting, state: "mapping", others };
      if (gate !== "open") return { ...waiting, state: "failed", error: gate, others };
      return { ...waiting, error: view?.error ?? null, others };
    }
    if (this.#isClosed("ipv4")) {
      const error = view?.error ?? (this.#ipv6Alone ? problem("ipv6-alone") : nobodyComes("ipv4"));
      return { ...waiting, state: "failed", error, others: this.#closedPorts() };
    }
    return view;
  }

  get #blocks(): readonly PortBlock[] {
    const upstream = this.#upstream === null ? [] : [this.#upstream];
    return [this.#ipv4, this.#ipv6, ...upstream, ...this.#further.values()];
  }

  #furtherViews(): ExposureFacts["further"] {
    return furtherLayers.flatMap((layer) => {
      const block = this.#further.get(layer);
      const view = block?.isOpen === true ? block.view() : null;
      return view === null ? [] : [{ family: familyOf(layer), view }];
    });
  }

  #closedPorts(): PortBlockView["others"] {
    return this.#ipv4.ports
      .slice(1)
      .map(({ transport, internalPort }) => ({ transport, internalPort, endpoint: null }));
  }

  /** True for a way that nobody may come by, or that leads to a program which does not hear. */
  #isClosed(layer: Layer): boolean {
    return visitorsOf(this.intent, layer) === null || (familyOf(layer) === 4 && this.#ipv6Alone);
  }

  /** A server that is away for a moment is what it was. */
  #lookAtIpv4({ ipv6Alone }: Surroundings): void {
    const before = this.#ipv6Alone;
    this.#ipv6Alone = this.intent.host === undefined && (ipv6Alone ?? before);
    if (this.#ipv6Alone === before) this.#ipv4.look();
    else this.open();
  }

  /** A pinhole for a program that does not listen on IPv6 would lead nowhere; one that stands may wait for it. */
  #lookAtIpv6({ hasIpv6, hearsIpv6 }: Surroundings): void {
    const closed = this.#isClosed("ipv6");
    const possible = hasIpv6 && this.intent.host === undefined;
    const wanted = possible && !closed && (hearsIpv6 ?? this.#ipv6.isOpen);
    this.#ipv6Closed = possible && closed && (hearsIpv6 ?? this.#ipv6Closed);
    if (wanted === this.#ipv6.isOpen) return this.#ipv6.look();
    if (wanted) this.#ipv6.open();
    else this.#ipv6.shut();
  }

  /** Open where the first of its family would be. */
  #lookAtFurther(layer: FurtherLayer, { attached, hearsIpv6 }: Surroundings): void {
    const block = this.#further.get(layer);
    if (!attached.has(layer) && block === undefined) return;
    const hears = familyOf(layer) === 4 || (hearsIpv6 ?? block?.isOpen === true);
    const possible = familyOf(layer) === 4 || this.intent.host === undefined;
    const wanted = attached.has(layer) && possible && hears && !this.#isClosed(layer);
    if (!wanted) return block?.isOpen === true ? block.shut() : undefined;
    if (block?.isOpen === true) return block.look();
    const numbers = familyOf(layer) === 4 ? numbersOf(this.intent) : "any";
    const opened = block ?? this.#block(layer, this.#ipv4.ports, numbers);
    this.#further.set(layer, opened);
    opened.open();
  }

  /** On the outer router the same numbers lead to the inner router's external ports. */
  #lookAtUpstream({ hasUpstream }: Surroundings): void {
    if (!hasUpstream && this.#upstream === null) return;
    const endpoints = this.#ipv4.endpoints;
    if (this.#isClosed("ipv4")) this.#upstream?.shut();
    // Not known at the moment is no reason to give up what stands.
    if (endpoints === null) return;
    const needed = hasUpstream && endpoints.every(({ address }) => isBehindNat(address));
    if (!needed) {
      this.#upstream?.shut();
      return;
    }
    if (this.#upstream?.isOpen === true && leadsTo(this.#upstream, endpoints)) {
      return this.#upstream.look();
    }
    this.#upstream?.shut();
    const [first, ...others] = this.#ipv4.ports.map((port, at): WishedPort => {
      const internalPort = endpoints[at]?.port ?? port.internalPort;
      return { transport: port.transport, internalPort, wishedPort: port.wishedPort };
    });
    if (first === undefined) return;
    this.#upstream = this.#block("upstream", [first, ...others], numbersOf(this.intent));
    this.#upstream.open();
  }

  #block(
    layer: Layer,
    ports: readonly [WishedPort, ...WishedPort[]],
    numbers: "any" | "exact" | "together",
  ): PortBlock {
    const { environment, mappings, onChange } = this.#options;
    const sources = visitorsOf(this.intent, layer) ?? [];
    return new PortBlock({
      environment,
      mappings: mappings[layer],
      ports,
      numbers,
      sources,
      onChange,
    });
  }
}

function portsOf({
  transport,
  internalPort,
  externalPort,
  host,
  block = [],
}: ExposureIntent): readonly [WishedPort, ...WishedPort[]] {
  const distance = externalPort === null ? 0 : externalPort - internalPort;
  const wish = (port: Pick<WishedPort, "transport" | "internalPort">): WishedPort => ({
    transport: port.transport,
    internalPort: port.internalPort,
    wishedPort: port.internalPort + distance,
    ...(host !== undefined && { host }),
  });
  return [wish({ transport, internalPort }), ...block.map(wish)];
}

function numbersOf({ externalPort, samePort, block }: ExposureIntent) {
  if (externalPort !== null || samePort === true) return "exact" as const;
  return block === undefined || block.length === 0 ? ("any" as const) : ("together" as const);
}

function leadsTo(block: PortBlock, endpoints: readonly Endpoint[]): boolean {
  return block.ports.every(({ internalPort }, at) => internalPort === endpoints[at]?.port);
}
