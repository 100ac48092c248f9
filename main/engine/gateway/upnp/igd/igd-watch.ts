/**
 * What is known of one gateway while mappings stand on it: the mappings, the address towards the internet, and by
 * questions and events whether both are still so.
 */
import { portKey } from "../../../../../shared/endpoint.ts";
import type { Environment, Lan } from "../../../environment.ts";
import type { LeaseKey, StateLoss } from "../../port-mapper.ts";
import { type IgdControl, NO_ADDRESS } from "./control.ts";
import type { ControlLink, Unreachable } from "../device/control-link.ts";
import type { MadeMapping } from "./negotiation.ts";
import { leadsTo } from "./ownership.ts";
import type { PortEntry } from "./port-entry.ts";
import { admitting } from "./admission.ts";
import { RotatingMap } from "../device/rotating-map.ts";
import { StandingWatch } from "../standing-watch.ts";
import { Subscription } from "../device/subscription.ts";

/**
 * Milliseconds between looks at what stands on the gateway, which tells nobody when it forgets. Two looks by turns,
 * with the time that they take, fit into a minute.
 */
const WATCH = 28_000;
/** Milliseconds for which a told external address counts as current. */
const ADDRESS_FRESH = 10_000;

/** A mapping that leads to this PC, made by us or by another program here. */
interface Standing {
  readonly key: LeaseKey;
  readonly externalPort: number;
  readonly internalClient: string;
  /** Null for another program's. */
  readonly made: MadeMapping | null;
}

/** `control`: that of this PC, through which it was made or looked at last. */
type Watched = Standing & { readonly control: IgdControl };

interface Seen {
  readonly kind: "well" | "missing" | "address" | "event";
}

export interface IgdWatchOptions {
  readonly environment: Environment;
  readonly lan: Lan;
  readonly link: ControlLink<IgdControl>;
  /** A router between lets no event through. */
  readonly hearsEvents: boolean;
  readonly onLost: (signal: StateLoss) => void;
}

export class IgdWatch {
  readonly #options: IgdWatchOptions;
  readonly #watch: StandingWatch;
  /** By host, transport and internal port. */
  readonly #standing = new RotatingMap<Watched>();
  #external: { readonly address: string; readonly at: number } | null = null;
  #looks = 0;
  #events: { readonly control: IgdControl; readonly subscription: Subscription } | null = null;

  constructor(options: IgdWatchOptions) {
    this.#options = options;
    this.#watch = new StandingWatch({
      environment: options.environment,
      every: WATCH,
      isNeeded: () => this.#standing.size > 0,
      look: () => this.#look(),
    });
  }

  /** What we made for `key`, if anything. */
  madeFor(key: LeaseKey): MadeMapping | null {
    return this.#standing.get(nameOf(key))?.made ?? null;
  }

  /** True when the entry is where and as we made it in this run, whatever its words. */
  hasMade(entry: PortEntry): boolean {
    return [...this.#standing].some(([, { key, externalPort, internalClient, made }]) => {
      const [remoteHost = ""] = key.sources ?? [];
      const isThere = entry.transport === key.transport && entry.externalPort === externalPort;
      return (
        isThere &&
        entry.remoteHost === remoteHost &&
        made !== null &&
        leadsTo(entry, [internalClient], key.internalPort)
      );
    });
  }

  /** From now on it is looked after; `control` is that of this PC. */
  stands(standing: Standing, control: IgdControl): void {
    const { transport, internalPort, nonce, host, sources } = standing.key;
    const key = {
      transport,
      internalPort,
      nonce,
      ...(host !== undefined && { host }),
      ...(sources !== undefined && { sources }),
    };
    this.#standing.set(nameOf(key), { ...standing, key, control });
    this.#watch.wake();
    this.#subscribe(control);
  }

  gone(key: LeaseKey): void {
    this.#standing.delete(nameOf(key));
    if (this.#standing.size === 0) this.#unsubscribe();
  }

  /** Whether the gateway answers a question; null when it does not. What the answer tells is acted on. */
  async answers(signal: AbortSignal): Promise<boolean> {
    const seen = await this.#options.link.once(signal, (control, both) =>
      this.#lookAtAddress(control, both),
    );
    if (seen !== null) this.#judge(seen);
    return seen !== null;
  }

  /** The address towards the internet, asked for if it was not lately; where the gateway does not tell, the last. */
  async currentAddress(control: IgdControl, signal: AbortSignal): Promise<string | Unreachable> {
    const known = this.#external;
    const now = this.#options.environment.clock.monotonic();
    if (known !== null && now - known.at < ADDRESS_FRESH) return known.address;
    const told = await control.externalAddress(signal);
    if (told.kind === "unreachable") return told;
    // To refuse an answer says nothing of the address.
    const address = told.kind === "address" ? told.address : (known?.address ?? NO_ADDRESS);
    this.#external = { address, at: now };
    return address;
  }

  /** Routes or addresses of this PC changed. */
  networkChanged(): void {
    this.#unsubscribe();
    this.#external = null;
  }

  close(): void {
    this.#unsubscribe();
    this.#watch.close();
    this.#standing.clear();
  }

  #subscribe(control: IgdControl): void {
    const { environment, lan, link, hearsEvents } = this.#options;
    const { eventUrl } = control.service;
    if (!hearsEvents || eventUrl === null || this.#events?.control === control) return;
    this.#unsubscribe();
    const subscription = new Subscription({
      environment,
      lan,
      eventUrl,
      localAddress: control.localAddress,
      inTurn: (task) => link.once(link.closed, (_control, both) => task(both)),
      onEvent: () => void this.#lookAfterEvent(),
    });
    this.#events = { control, subscription };
  }

  #unsubscribe(): void {
    this.#events?.subscription.close();
    this.#events = null;
  }

  async #lookAfterEvent(): Promise<void> {
    const { link, environment } = this.#options;
    try {
      const seen = await link.once(link.closed, (control, both) =>
        this.#lookAtAddress(control, both),
      );
      if (seen?.kind === "address") this.#judge({ kind: "event" });
    } catch (error) {
      environment.log.debug("upnp event", { error: String(error) });
    }
  }

  /**
   * One question: by turns whether a mapping still stands (routers restart, and some clear their table of what seems
   * unused, https://github.com/tailscale/tailscale/issues/10597) and what the external address is. After the
   * control point moved, the mappings are looked at first: a restart is what moves it.
   */
  async #look(): Promise<void> {
    const { link } = this.#options;
    const address = this.#looks % 2 === 1;
    this.#looks += 1;
    const seen =
      (await link.once(link.closed, (control, both) =>
        address ? this.#lookAtAddress(control, both) : this.#lookAtMapping(control, both),
      )) ?? (await link.once(link.closed, (control, both) => this.#lookAtMapping(control, both)));
    if (seen !== null) this.#judge(seen);
  }

  async #lookAtAddress(control: IgdControl, signal: AbortSignal): Promise<Seen | Unreachable> {
    const before = this.#external?.address;
    const told = await control.externalAddress(signal);
    if (told.kind === "unreachable") return told;
    if (told.kind !== "address") return { kind: "well" };
    this.#external = { address: told.address, at: this.#options.environment.clock.monotonic() };
    return { kind: before === undefined || before === told.address ? "well" : "address" };
  }

  async #lookAtMapping(control: IgdControl, signal: AbortSignal): Promise<Seen | Unreachable> {
    const [, standing] = this.#standing.next() ?? [];
    if (standing === undefined) return { kind: "well" };
    const { key, externalPort, internalClient, made } = standing;
    if (made?.shown === false) {
      // Nothing but a control point that moved tells of a restart.
      const moved = standing.control !== control;
      for (const [name, one] of this.#standing) this.#standing.set(name, { ...one, control });
      return { kind: moved ? "missing" : "well" };
    }
    const { table } = admitting(control, key);
    const found = await table.lookUp(key.transport, externalPort, signal);
    if (found.kind === "unreachable") return found;
    const stands =
      found.kind === "untold" ||
      (found.kind === "entry" && leadsTo(found.entry, [internalClient], key.internalPort));
    return { kind: stands ? "well" : "missing" };
  }

  #judge({ kind }: Seen): void {
    if (kind === "well") return;
    this.#options.environment.log.info("upnp gateway changed", { signal: kind });
    // What stood is asked for again from the start; until then there is nothing to look at. Of what the table does not
    // show, we alone know whose it is.
    for (const [name, { made }] of kind === "missing" ? this.#standing : []) {
      if (made?.shown !== false) this.#standing.delete(name);
    }
    this.#options.onLost(kind);
  }
}

function nameOf({ transport, internalPort, host }: LeaseKey): string {
  return portKey(transport, internalPort, host);
}
