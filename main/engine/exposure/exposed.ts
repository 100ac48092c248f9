/** One Exposure: whether it is to be open, and what is shown of it. */
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { Exposure, Problem } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import type { Layer } from "../gateway/layer.ts";
import { exposureView } from "./exposure-view.ts";
import type { Mappings } from "../mapping/mappings.ts";
import type { PortBlockView } from "./block-view.ts";
import type { WishedPort } from "./port-block.ts";
import type { ServerFollower } from "./server-follower.ts";
import { type Surroundings, WaysIn } from "./ways-in.ts";

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
  readonly #ways: WaysIn;
  #wanted = true;
  #terms: Terms;

  constructor(options: ExposedOptions) {
    this.#options = options;
    this.intent = options.intent;
    this.follower = options.follower;
    this.#terms = options.terms;
    this.#ways = new WaysIn(options);
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
    return layer === "upstream" ? this.#ways.outerPorts : this.#ways.ports;
  }

  /** True while it is known which ports it has on this PC's own router, or that it has none. */
  get isSettled(): boolean {
    return this.#ways.isSettled;
  }

  get remains(): boolean {
    return this.#ways.remains;
  }

  open(): void {
    this.#ways.open();
  }

  shut(): void {
    this.#ways.shut();
  }

  withdraw(): void {
    this.#wanted = false;
    this.follower?.stop();
    this.shut();
  }

  retry(): void {
    this.#ways.retry();
  }

  close(): void {
    this.follower?.stop();
    this.#ways.close();
  }

  /** Looks at what stands and wants what follows from it; may be called at any time. */
  look(around: Surroundings): void {
    if (this.isOpen) this.#ways.look(around);
  }

  view(listening: boolean): Exposure | null {
    const own = this.#ownView();
    if (own === null) return null;
    return exposureView({
      intent: this.intent,
      session: this.#terms.session,
      listening,
      own,
      ...this.#ways.views,
      ipv6Closed: this.#ways.isIpv6Closed && this.isOpen,
      ports: this.#ways.ports,
      seenFromOutside: this.#options.seenFromOutside(),
    });
  }

  #ownView(): PortBlockView | null {
    const view = this.#ways.own;
    if (!this.#wanted) {
      const rest = view ?? this.#ways.rest;
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
    const closed = this.#ways.whyClosed;
    if (closed !== null) {
      const error = view?.error ?? closed;
      return { ...waiting, state: "failed", error, others: this.#closedPorts() };
    }
    return view;
  }

  #closedPorts(): PortBlockView["others"] {
    return this.#ways.ports
      .slice(1)
      .map(({ transport, internalPort }) => ({ transport, internalPort, endpoint: null }));
  }
}
