/** The UPnP client (WANIPConnection:1 and :2, WANPPPConnection:1) of one gateway. */
import { portKey } from "../../../../shared/endpoint.ts";
import type { Cancel, Environment, Lan } from "../../environment.ts";
import type {
  LeaseKey,
  LeaseRequest,
  GatewayRef,
  InquiryOutcome,
  MapOutcome,
  PortMapper,
  StateLoss,
  TableEntry,
  UnmapOutcome,
} from "../port-mapper.ts";
import { isLimited, sourcesRefusal } from "../sources-refusal.ts";
import type { IgdControl, Lookup } from "./control.ts";
import type { PortEntry } from "./port-entry.ts";
import { ControlLink, type Unreachable } from "./control-link.ts";
import { discover } from "./discovery.ts";
import { LeaseLadder } from "./lease-ladder.ts";
import { type MadeMapping, negotiate } from "./negotiation.ts";
import { isOfThisPc, isOurs, leadsTo } from "./ownership.ts";
import { upnpRefusal } from "./refusal.ts";
import { Subscription } from "./subscription.ts";

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

export class UpnpClient implements PortMapper {
  readonly protocol = "upnp";
  readonly #environment: Environment;
  readonly #lan: Lan;
  /** A router between lets no event through. */
  readonly #hearsEvents: boolean;
  readonly #link: ControlLink<IgdControl>;
  readonly #ladder = new LeaseLadder();
  readonly #stateLost: ((signal: StateLoss) => void)[] = [];
  /** By transport and internal port; the one looked at longest ago first. */
  readonly #standing = new Map<string, Standing>();
  #external: { readonly address: string; readonly at: number } | null = null;
  #watch: Cancel | null = null;
  #looks = 0;
  #events: { readonly control: IgdControl; readonly subscription: Subscription } | null = null;

  /** `gateway` has an IPv4 address. Sends nothing yet. */
  constructor(environment: Environment, lan: Lan, gateway: GatewayRef) {
    this.#environment = environment;
    this.#lan = lan;
    this.#hearsEvents = gateway.clientAddress === undefined;
    this.#link = new ControlLink(environment, (signal) =>
      discover({ environment, lan, gateway }, signal),
    );
  }

  /**
   * True when a description with a service that maps ports was found; false after a search without answers. What was
   * found before is asked a question of its own, and searched again when it does not answer.
   */
  async probe(signal: AbortSignal): Promise<boolean> {
    try {
      if (this.#link.control !== null) {
        const seen = await this.#link.once(signal, (control, both) =>
          this.#lookAtAddress(control, both),
        );
        if (seen !== null) {
          this.#judge(seen);
          return true;
        }
      }
      return (await this.#link.find(signal)) !== null;
    } catch (error) {
      signal.throwIfAborted();
      this.#link.closed.throwIfAborted();
      // The system cannot send to it at the moment.
      this.#environment.log.debug("upnp search", { error: String(error) });
      return false;
    }
  }

  async map(request: LeaseRequest, signal: AbortSignal): Promise<MapOutcome> {
    if (isLimited(request)) return sourcesRefusal("UPnP lets in everybody");
    const name = nameOf(request);
    const key = keyOf(request);
    return this.#link.untilReached<MapOutcome>(signal, async (own, both) => {
      const control = acting(own, request);
      const { random } = this.#environment;
      const made = this.#standing.get(name)?.made ?? null;
      const ladder = this.#ladder;
      const result = await negotiate({ control, ladder, random, made }, request, both);
      if (result.kind === "refused" || result.kind === "unreachable") return result;
      const { externalPort, lease } = result.mapping;
      // Noted before anything else can fail: what was made has to be known as ours.
      this.#standing.set(name, {
        key,
        externalPort,
        internalClient: control.internalClient,
        made: result.kind === "made" ? result.mapping : null,
      });
      this.#watchOn();
      this.#subscribe(own);
      const address = await this.#currentAddress(control, both);
      if (typeof address !== "string") return address;
      return { kind: "granted", externalAddress: address, externalPort, lifetime: lease };
    });
  }

  /** Deletes what the gateway's table shows to be ours; where it shows none, what was made in this run. */
  unmap(key: LeaseKey, signal: AbortSignal): Promise<UnmapOutcome> {
    const name = nameOf(key);
    return this.#link.untilReached<UnmapOutcome>(signal, async (own, both) => {
      const control = acting(own, key);
      const port = await this.#ownPort(control, key, both);
      if (typeof port === "object" && port !== null) return port;
      if (port !== null) {
        const deleted = await control.delete(key.transport, port, both);
        if (deleted.kind === "unreachable") return deleted;
        if (deleted.kind !== "done") return upnpRefusal(deleted);
      }
      this.#standing.delete(name);
      if (this.#standing.size === 0) this.#unsubscribe();
      return { kind: "gone" };
    });
  }

  inquire(signal: AbortSignal): Promise<InquiryOutcome> {
    return this.#link.untilReached<InquiryOutcome>(signal, (control, both) =>
      control.externalAddress(both),
    );
  }

  table(signal: AbortSignal): Promise<readonly TableEntry[] | null> {
    return this.#link
      .untilReached(signal, (control, both) => control.list(both))
      .then(({ entries }) => entries?.map((entry) => this.#told(entry)) ?? null);
  }

  /** Deletes an entry that the table shows to be ours: it is read again first, and one of others stays. */
  removeOurs(
    { transport, externalPort }: Pick<TableEntry, "transport" | "externalPort">,
    signal: AbortSignal,
  ): Promise<UnmapOutcome> {
    return this.#link.untilReached<UnmapOutcome>(signal, async (control, both) => {
      const found = await control.lookUp(transport, externalPort, both);
      if (found.kind === "unreachable") return found;
      if (found.kind !== "entry" || !this.#told(found.entry, control).ours) return { kind: "gone" };
      const deleted = await control.delete(transport, externalPort, both);
      if (deleted.kind === "unreachable" || deleted.kind === "done") {
        return deleted.kind === "done" ? { kind: "gone" } : deleted;
      }
      return upnpRefusal(deleted);
    });
  }

  onStateLost(listener: (signal: StateLoss) => void): void {
    this.#stateLost.push(listener);
  }

  /** Routes or addresses of this PC changed: the gateway is searched anew before the next action. */
  networkChanged(): void {
    this.#unsubscribe();
    this.#link.reset();
    this.#external = null;
  }

  close(): void {
    this.#unsubscribe();
    this.#link.close();
    this.#watch?.();
    this.#standing.clear();
    this.#stateLost.length = 0;
  }

  /** The external port of the mapping of `key`; null when none is there that is ours. */
  async #ownPort(
    control: IgdControl,
    key: LeaseKey,
    signal: AbortSignal,
  ): Promise<number | null | Unreachable> {
    const made = this.#standing.get(nameOf(key))?.made ?? null;
    const clients = [control.internalClient, ...(made === null ? [] : [made.internalClient])];
    const mine = (entry: PortEntry): boolean => {
      if (entry.transport !== key.transport) return false;
      if (isOurs(entry, key.internalPort, clients, control.via)) return true;
      // Some do not keep the description: then it is ours if we made it and it leads where we said.
      const { externalPort } = entry;
      return externalPort === made?.externalPort && leadsTo(entry, clients, key.internalPort);
    };
    const known = made?.externalPort ?? key.externalPort;
    let found: Lookup =
      known === undefined ? { kind: "absent" } : await control.lookUp(key.transport, known, signal);
    // The list has the last word before it is called gone: some deny single entries, and a port may be unknown to us.
    if (found.kind === "absent") found = await control.find(mine, signal);
    switch (found.kind) {
      case "unreachable":
        return found;
      case "entry":
        return mine(found.entry) ? found.entry.externalPort : null;
      case "absent":
        return null;
      case "untold":
        return made?.externalPort ?? null;
    }
  }

  #told(entry: PortEntry, control: IgdControl | null = this.#link.control): TableEntry {
    const { transport, externalPort, internalClient, internalPort, description, lease } = entry;
    return {
      transport,
      externalPort,
      internalClient,
      internalPort,
      description,
      lease: lease === 0 ? null : lease,
      ours: control !== null && isOfThisPc(entry, control.internalClient),
    };
  }

  async #currentAddress(control: IgdControl, signal: AbortSignal): Promise<string | Unreachable> {
    const known = this.#external;
    const now = this.#environment.clock.monotonic();
    if (known !== null && now - known.at < ADDRESS_FRESH) return known.address;
    const told = await control.externalAddress(signal);
    if (told.kind === "unreachable") return told;
    this.#external = { address: told.address, at: now };
    return told.address;
  }

  #subscribe(control: IgdControl): void {
    const { eventUrl } = control.service;
    if (!this.#hearsEvents || eventUrl === null || this.#events?.control === control) return;
    this.#unsubscribe();
    const subscription = new Subscription({
      environment: this.#environment,
      lan: this.#lan,
      eventUrl,
      localAddress: control.localAddress,
      inTurn: (task) => this.#link.once(this.#link.closed, (_control, both) => task(both)),
      onEvent: () => void this.#lookAfterEvent(),
    });
    this.#events = { control, subscription };
  }

  #unsubscribe(): void {
    this.#events?.subscription.close();
    this.#events = null;
  }

  async #lookAfterEvent(): Promise<void> {
    try {
      const seen = await this.#link.once(this.#link.closed, (control, both) =>
        this.#lookAtAddress(control, both),
      );
      if (seen?.kind === "address") this.#judge({ kind: "event" });
    } catch (error) {
      this.#environment.log.debug("upnp event", { error: String(error) });
    }
  }

  #watchOn(): void {
    this.#watch ??= this.#environment.clock.after(WATCH, () => {
      this.#watch = null;
      if (this.#standing.size === 0) return;
      this.#look()
        .catch((error: unknown) => {
          this.#environment.log.debug("upnp watch", { error: String(error) });
        })
        .finally(() => {
          if (!this.#link.closed.aborted) this.#watchOn();
        });
    });
  }

  /**
   * One question: by turns whether a mapping still stands (routers restart, and some clear their table of what seems
   * unused, https://github.com/tailscale/tailscale/issues/10597) and what the external address is. After the
   * control point moved, the mappings are looked at first: a restart is what moves it.
   */
  async #look(): Promise<void> {
    const { closed } = this.#link;
    const address = this.#looks % 2 === 1;
    this.#looks += 1;
    const seen = await this.#link.once(closed, (control, both) =>
      address ? this.#lookAtAddress(control, both) : this.#lookAtMapping(control, both),
    );
    if (seen === null) {
      const again = await this.#link.once(closed, (control, both) =>
        this.#lookAtMapping(control, both),
      );
      if (again !== null) this.#judge(again);
      return;
    }
    this.#judge(seen);
  }

  async #lookAtAddress(control: IgdControl, signal: AbortSignal): Promise<Seen | Unreachable> {
    const before = this.#external?.address;
    const told = await control.externalAddress(signal);
    if (told.kind === "unreachable") return told;
    this.#external = { address: told.address, at: this.#environment.clock.monotonic() };
    return { kind: before === undefined || before === told.address ? "well" : "address" };
  }

  async #lookAtMapping(control: IgdControl, signal: AbortSignal): Promise<Seen | Unreachable> {
    const [name, standing] = this.#standing.entries().next().value ?? [];
    if (name === undefined || standing === undefined) return { kind: "well" };
    this.#standing.delete(name);
    this.#standing.set(name, standing);
    const { key, externalPort, internalClient, made } = standing;
    if (made?.shown === false) return { kind: "well" };
    const found = await control.lookUp(key.transport, externalPort, signal);
    if (found.kind === "unreachable") return found;
    const stands =
      found.kind === "untold" ||
      (found.kind === "entry" && leadsTo(found.entry, [internalClient], key.internalPort));
    return { kind: stands ? "well" : "missing" };
  }

  #judge({ kind }: Seen): void {
    if (kind === "well") return;
    this.#environment.log.info("upnp gateway changed", { signal: kind });
    // What stood is asked for again from the start; until then there is nothing to look at.
    if (kind === "missing") this.#standing.clear();
    for (const listener of this.#stateLost) listener(kind);
  }
}

interface Seen {
  readonly kind: "well" | "missing" | "address" | "event";
}

function nameOf({ transport, internalPort, host }: LeaseKey): string {
  return portKey(transport, internalPort, host);
}

function keyOf({ transport, internalPort, nonce, host }: LeaseKey): LeaseKey {
  return { transport, internalPort, nonce, ...(host !== undefined && { host }) };
}

/** The control point for what leads to this PC, or to another host that is to be opened. */
function acting(control: IgdControl, { host }: LeaseKey): IgdControl {
  return host === undefined ? control : control.leadingTo(host);
}
