/** The UPnP client (WANIPConnection:1 and :2, WANPPPConnection:1) of one gateway. */
import type { Environment, Lan } from "../../../environment.ts";
import {
  type LeaseKey,
  type LeaseRequest,
  type GatewayRef,
  type InquiryOutcome,
  type MapOutcome,
  type OnQueued,
  PERMANENT_LEASE,
  type PortMapper,
  type StateLoss,
  type TableEntry,
  type UnmapOutcome,
} from "../../port-mapper.ts";
import type { ProbePace } from "../../probe-pace.ts";
import { sameAddress } from "../../../addresses.ts";
import { isLimited } from "../../sources-refusal.ts";
import { AdmissionProof } from "./admission-proof.ts";
import type { IgdControl } from "./control.ts";
import { ControlLink, type Unreachable } from "../device/control-link.ts";
import { discover } from "./discovery.ts";
import { IgdWatch } from "./igd-watch.ts";
import { isOfThisPc, isOurs, leadsTo, wasOurs } from "./ownership.ts";
import type { PortEntry } from "./port-entry.ts";
import type { Lookup } from "./port-table.ts";
import { Quirks, type QuirkStore } from "./quirks.ts";
import { foreignRefusal, upnpRefusal } from "../refusal.ts";
import { admitting, negotiateAdmission } from "./admission.ts";
import { remoteHostOf } from "../remote-host.ts";
import { TableReading } from "./table-reading.ts";

/** Seconds; a permanent mapping that the table does not show may have been gone for so long. */
const ASK_HIDDEN_AGAIN = 1800;

export class UpnpClient implements PortMapper {
  readonly protocol = "upnp";
  readonly #environment: Environment;
  readonly #link: ControlLink<IgdControl>;
  readonly #watch: IgdWatch;
  readonly #proof: AdmissionProof;
  readonly #stateLost: ((signal: StateLoss) => void)[] = [];

  /** `gateway` has an IPv4 address; `store` is what earlier runs learned of it. Sends nothing yet. */
  constructor(
    environment: Environment,
    lan: Lan,
    gateway: GatewayRef,
    store: QuirkStore | null = null,
  ) {
    this.#environment = environment;
    this.#proof = new AdmissionProof(environment);
    const quirks = new Quirks(store);
    this.#link = new ControlLink(environment, (signal, pace) =>
      discover({ environment, lan, gateway, quirks, pace }, signal),
    );
    this.#watch = new IgdWatch({
      environment,
      lan,
      link: this.#link,
      hearsEvents: gateway.clientAddress === undefined,
      onLost: (signal) => {
        for (const listener of this.#stateLost) listener(signal);
      },
    });
  }

  /**
   * True when a description with a service that maps ports was found; false after a search without answers. What was
   * found before is asked a question of its own, and searched again when it does not answer.
   */
  async probe(signal: AbortSignal, pace?: ProbePace): Promise<boolean> {
    if (this.#link.control !== null && (await this.#watch.answers(signal))) return true;
    return this.#link.isThere(signal, pace);
  }

  async map(request: LeaseRequest, signal: AbortSignal, onQueued?: OnQueued): Promise<MapOutcome> {
    const remoteHost = remoteHostOf(request);
    if (typeof remoteHost !== "string") return remoteHost;
    return this.#link.untilReached<MapOutcome>(
      signal,
      async (own, both) => {
        const open =
          remoteHost === "" ? null : await this.#proof.refusal(own, request, remoteHost, both);
        if (open !== null) return open;
        const control = acting(own, request);
        const { random } = this.#environment;
        const made = this.#watch.madeFor(request);
        const result = await negotiateAdmission({ control, random, made }, request, both);
        if (result.kind === "refused" || result.kind === "unreachable") return result;
        const { externalPort, lease } = result.mapping;
        const { internalClient, via } = control;
        const hidden = !result.mapping.shown && lease === PERMANENT_LEASE;
        // Noted before anything else can fail: what was made has to be known as ours.
        const by = result.kind === "made" ? result.mapping : null;
        this.#watch.stands({ key: request, externalPort, internalClient, made: by }, own);
        const address = await this.#watch.currentAddress(control, both);
        if (typeof address !== "string") return address;
        this.#readDeclaration(own);
        return {
          kind: "granted",
          externalAddress: address,
          externalPort,
          lifetime: lease,
          ...(by !== null && { internalClient: via ?? internalClient }),
          ...(hidden && { askAgain: ASK_HIDDEN_AGAIN }),
        };
      },
      onQueued,
    );
  }

  /** Deletes what the gateway's table shows to be ours; where it shows none, what was granted to us. */
  unmap(key: LeaseKey, signal: AbortSignal, onQueued?: OnQueued): Promise<UnmapOutcome> {
    return this.#link.untilReached<UnmapOutcome>(
      signal,
      async (own, both) => {
        const control = acting(own, key);
        // A router that let in everybody instead of the visitor keeps that under another key.
        for (const one of isLimited(key) ? [control, control.lettingIn("")] : [control]) {
          const port = await this.#ownPort(one, key, both);
          if (typeof port === "object" && port !== null) return port;
          if (port === null) continue;
          const deleted = await one.delete(key.transport, port, both);
          if (deleted.kind === "unreachable") return deleted;
          if (deleted.kind !== "done") return upnpRefusal(deleted);
        }
        this.#watch.gone(key);
        return { kind: "gone" };
      },
      onQueued,
    );
  }

  inquire(signal: AbortSignal): Promise<InquiryOutcome> {
    return this.#link.untilReached<InquiryOutcome>(signal, async (control, both) => {
      const told = await control.externalAddress(both);
      return told.kind === "address" || told.kind === "unreachable" ? told : upnpRefusal(told);
    });
  }

  async table(signal: AbortSignal): Promise<readonly TableEntry[] | null> {
    const reading = new TableReading();
    for (;;) {
      const step = await this.#link.untilReached(signal, (control, both) =>
        reading.step(control, both),
      );
      if (step.kind !== "table") continue;
      return step.entries?.map((entry) => this.#told(entry)) ?? null;
    }
  }

  /** Deletes an entry that the table shows to be ours: it is read again first, and any other is refused. */
  removeOurs(
    { transport, externalPort }: Pick<TableEntry, "transport" | "externalPort">,
    signal: AbortSignal,
  ): Promise<UnmapOutcome> {
    return this.#link.untilReached<UnmapOutcome>(signal, async (control, both) => {
      let found = await control.table.lookUp(transport, externalPort, both);
      if (found.kind === "absent") {
        // Perhaps for one visitor alone.
        found = await control.table.find(
          (entry) => entry.transport === transport && entry.externalPort === externalPort,
          both,
        );
      }
      if (found.kind === "unreachable") return found;
      if (found.kind === "absent") return { kind: "gone" };
      if (found.kind === "untold" || !this.#told(found.entry, control).ours) {
        return foreignRefusal(externalPort);
      }
      const { remoteHost } = found.entry;
      const deleted = await control.lettingIn(remoteHost).delete(transport, externalPort, both);
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
    this.#watch.networkChanged();
    this.#link.reset();
  }

  close(): void {
    this.#watch.close();
    this.#link.close();
    this.#stateLost.length = 0;
  }

  /** What the service says of itself, for the next mapping: the one just made does not wait for it. */
  #readDeclaration({ declaration }: IgdControl): void {
    if (declaration.isRead) return;
    const { closed } = this.#link;
    const { log } = this.#environment;
    const read = this.#link.once(closed, async (_control, both) => {
      const scpd = await declaration.read(both);
      const longestLease = scpd?.leases?.maximum ?? null;
      log.debug("upnp scpd", { actions: scpd?.actions.size ?? 0, longestLease });
      return { kind: "read" };
    });
    read.catch((error: unknown) => log.debug("upnp scpd", { error: String(error) }));
  }

  /** The external port of the mapping of `key`; null when none is there that is ours. */
  async #ownPort(
    control: IgdControl,
    key: LeaseKey,
    signal: AbortSignal,
  ): Promise<number | null | Unreachable> {
    const made = this.#watch.madeFor(key);
    const clients = [control.internalClient, ...(made === null ? [] : [made.internalClient])];
    const mine = (entry: PortEntry): boolean => {
      if (entry.transport !== key.transport || entry.remoteHost !== control.remoteHost) {
        return false;
      }
      if (wasOurs(entry, key)) return true;
      if (isOurs(entry, key.internalPort, clients, control.via)) return true;
      // Some do not keep the description: then it is ours if we made it and it leads where we said.
      const { externalPort } = entry;
      return externalPort === made?.externalPort && leadsTo(entry, clients, key.internalPort);
    };
    const known = made?.externalPort ?? key.externalPort;
    let found: Lookup =
      known === undefined
        ? { kind: "absent" }
        : await control.table.lookUp(key.transport, known, signal);
    // The list has the last word before it is called gone: some deny single entries, and a port may be unknown to us.
    if (found.kind === "absent") found = await control.table.find(mine, signal);
    switch (found.kind) {
      case "unreachable":
        return found;
      case "entry":
        return mine(found.entry) ? found.entry.externalPort : null;
      case "absent":
        return null;
      case "untold":
        return made?.externalPort ?? grantedPort(control, key);
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
      ours:
        this.#watch.hasMade(entry) ||
        (control !== null && isOfThisPc(entry, control.internalClient)),
      toThisPc: control !== null && sameAddress(internalClient, control.internalClient),
    };
  }
}

/** Where the lease book knows that we made it, though the gateway does not show it; what was never granted is nowhere. */
function grantedPort(
  { remoteHost }: IgdControl,
  { formerClient, externalPort, sources: [only = ""] = [] }: LeaseKey,
): number | null {
  const isKnown = formerClient !== undefined && remoteHost === only;
  return isKnown ? (externalPort ?? null) : null;
}

/** The control point for what leads to this PC, or to another host that is to be opened, and lets in whom it says. */
function acting(control: IgdControl, key: LeaseKey): IgdControl {
  return admitting(key.host === undefined ? control : control.leadingTo(key.host), key);
}
