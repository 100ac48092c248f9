/**
 * The ways in of one Exposure, with its ports on each: the NAT of the router, the IPv6 firewall of the router, the NAT of
 * the router before it, where two stand in a row, and the servers that were named beside the first.
 */
import { isBehindNat } from "../../../shared/address-scope.ts";
import { problem } from "../../../shared/problems.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { Endpoint, Problem } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import { familyOf, type FurtherLayer, furtherLayers, type Layer } from "../gateway/layer.ts";
import type { Mappings } from "../mapping/mappings.ts";
import type { PortBlockView } from "./block-view.ts";
import type { ExposureFacts } from "./exposure-view.ts";
import { PortBlock, type WishedPort } from "./port-block.ts";
import { nobodyComes, visitorsOf } from "./visitors.ts";

export interface WaysInOptions {
  readonly environment: Environment;
  readonly mappings: Readonly<Record<Layer, Mappings>>;
  readonly intent: ExposureIntent;
  readonly onChange: () => void;
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

export class WaysIn {
  readonly #options: WaysInOptions;
  readonly #ipv4: PortBlock;
  readonly #ipv6: PortBlock;
  #upstream: PortBlock | null = null;
  readonly #further = new Map<FurtherLayer, PortBlock>();
  /** Its server listens on IPv6 alone, or did when it was seen last. */
  #ipv6Alone = false;
  #ipv6Closed = false;

  constructor(options: WaysInOptions) {
    this.#options = options;
    const ports = portsOf(options.intent);
    this.#ipv4 = this.#block("ipv4", ports, numbersOf(options.intent));
    this.#ipv6 = this.#block("ipv6", ports, "any");
  }

  /** On this PC's own router. */
  get ports(): readonly WishedPort[] {
    return this.#ipv4.ports;
  }

  /** On the router before it. */
  get outerPorts(): readonly WishedPort[] {
    return this.#upstream?.ports ?? [];
  }

  /** True while it is known which ports it has on this PC's own router, or that it has none. */
  get isSettled(): boolean {
    return this.whyClosed !== null || this.#ipv4.endpoints !== null;
  }

  /** Why the way through this PC's own router stays closed; null where it need not. */
  get whyClosed(): Problem | null {
    if (!this.#isClosed("ipv4")) return null;
    return this.#ipv6Alone ? problem("ipv6-alone") : nobodyComes("ipv4");
  }

  /** Nobody may come over IPv6, though that way could be opened. */
  get isIpv6Closed(): boolean {
    return this.#ipv6Closed;
  }

  /** True while something of it is left on a gateway or asked for. */
  get remains(): boolean {
    return this.#blocks.some((block) => block.remains);
  }

  /** On this PC's own router. */
  get own(): PortBlockView | null {
    return this.#ipv4.view();
  }

  /** On whichever gateway something is left. */
  get rest(): PortBlockView | null {
    return this.#blocks.find((block) => block.remains)?.view() ?? null;
  }

  /** On the ways that are open beside that through this PC's own router. */
  get views(): Pick<ExposureFacts, "ipv6" | "upstream" | "further"> {
    return {
      ipv6: this.#ipv6.isOpen ? this.#ipv6.view() : null,
      upstream: this.#upstream?.isOpen === true ? this.#upstream.view() : null,
      further: this.#furtherViews(),
    };
  }

  /** Opens the way through this PC's own router; the others follow with `look`. */
  open(): void {
    if (this.#isClosed("ipv4")) this.#ipv4.shut();
    else this.#ipv4.open();
  }

  shut(): void {
    for (const block of this.#blocks) block.shut();
  }

  retry(): void {
    for (const block of this.#blocks) {
      if (block.isOpen) block.retry();
    }
  }

  close(): void {
    for (const block of this.#blocks) block.close();
  }

  /** Looks at what stands and wants what follows from it; may be called at any time while it is to be open. */
  look(around: Surroundings): void {
    this.#lookAtIpv4(around);
    this.#lookAtIpv6(around);
    this.#lookAtUpstream(around);
    for (const layer of furtherLayers) this.#lookAtFurther(layer, around);
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

  /** True for a way that nobody may come by, or that leads to a program which does not hear. */
  #isClosed(layer: Layer): boolean {
    return (
      visitorsOf(this.#options.intent, layer) === null || (familyOf(layer) === 4 && this.#ipv6Alone)
    );
  }

  /** A server that is away for a moment is what it was. */
  #lookAtIpv4({ ipv6Alone }: Surroundings): void {
    const before = this.#ipv6Alone;
    this.#ipv6Alone = this.#options.intent.host === undefined && (ipv6Alone ?? before);
    if (this.#ipv6Alone === before) this.#ipv4.look();
    else this.open();
  }

  /** A pinhole for a program that does not listen on IPv6 would lead nowhere; one that stands may wait for it. */
  #lookAtIpv6({ hasIpv6, hearsIpv6 }: Surroundings): void {
    const closed = this.#isClosed("ipv6");
    const possible = hasIpv6 && this.#options.intent.host === undefined;
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
    const possible = familyOf(layer) === 4 || this.#options.intent.host === undefined;
    const wanted = attached.has(layer) && possible && hears && !this.#isClosed(layer);
    if (!wanted) return block?.isOpen === true ? block.shut() : undefined;
    if (block?.isOpen === true) return block.look();
    const numbers = familyOf(layer) === 4 ? numbersOf(this.#options.intent) : "any";
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
    this.#upstream = this.#block("upstream", [first, ...others], numbersOf(this.#options.intent));
    this.#upstream.open();
  }

  #block(
    layer: Layer,
    ports: readonly [WishedPort, ...WishedPort[]],
    numbers: "any" | "exact" | "together",
  ): PortBlock {
    const { environment, mappings, intent, onChange } = this.#options;
    const sources = visitorsOf(intent, layer) ?? [];
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
