/**
 * The IPv6 firewall of one router as a mapper: nothing is translated, so what is opened is our own address and port.
 * A pinhole is known by the number that the router gave it, which no other run can find out again: what a crash
 * leaves behind ends with its lease.
 */
import { portKey } from "../../../../../shared/endpoint.ts";
import { problem, type ProblemCode } from "../../../../../shared/problems.ts";
import type { Environment, Lan } from "../../../environment.ts";
import type {
  GatewayRef,
  InquiryOutcome,
  LeaseKey,
  LeaseRequest,
  MapOutcome,
  OnQueued,
  PortMapper,
  Refusal,
  StateLoss,
  UnmapOutcome,
} from "../../port-mapper.ts";
import type { ProbePace } from "../../probe-pace.ts";
import { isLimited, sourcesRefusal } from "../../sources-refusal.ts";
import type { ActionFailure } from "../device/action.ts";
import { ControlLink } from "../device/control-link.ts";
import { type FirewallControl, firewallErrors } from "./firewall-control.ts";
import { discoverFirewall } from "./firewall-discovery.ts";
import { upnpRefusal } from "../refusal.ts";
import { remoteHostOf } from "../remote-host.ts";
import { RotatingMap } from "../device/rotating-map.ts";
import { StandingWatch } from "../standing-watch.ts";

/** Seconds; routers refuse more (WANIPv6FirewallControl:1 §2.3.3). */
const LONGEST_LEASE = 86_400;
/** Milliseconds that a pinhole of an earlier run may last: no more is asked for. */
const LONGEST_ORPHAN = 7_200_000;
/** Milliseconds between looks at whether a pinhole still stands. */
const WATCH = 30_000;

export class PinholeClient implements PortMapper {
  readonly protocol = "upnp";
  readonly #environment: Environment;
  readonly #localAddress: string;
  readonly #link: ControlLink<FirewallControl>;
  readonly #stateLost: ((signal: StateLoss) => void)[] = [];
  /** Numbers by port; null where the firewall is off and lets everything through. */
  readonly #pinholes = new RotatingMap<number | null>();
  /** Monotonic milliseconds until which a pinhole may stand whose number this run does not know, by port. */
  readonly #orphans = new Map<string, number>();
  readonly #watch: StandingWatch;

  /** `gateway` has a link-local address with its zone, and our address that is opened. Sends nothing yet. */
  constructor(environment: Environment, lan: Lan, gateway: GatewayRef) {
    this.#environment = environment;
    this.#localAddress = gateway.localAddress ?? "::";
    this.#link = new ControlLink(environment, (signal, pace) =>
      discoverFirewall({ environment, lan, gateway, pace }, signal),
    );
    this.#watch = new StandingWatch({
      environment,
      every: WATCH,
      isNeeded: () => this.#pinholes.size > 0,
      look: () => this.#look(),
    });
  }

  probe(signal: AbortSignal, pace?: ProbePace): Promise<boolean> {
    return this.#link.isThere(signal, pace);
  }

  async map(request: LeaseRequest, signal: AbortSignal, onQueued?: OnQueued): Promise<MapOutcome> {
    if (request.host !== undefined) return refused("third-party-refused", "IPv6");
    const remoteHost = remoteHostOf(request);
    if (typeof remoteHost !== "string") return remoteHost;
    const open = isLimited(request) ? this.#orphaned(request) : null;
    if (open !== null) return open;
    const lease = Math.min(request.lifetime, LONGEST_LEASE);
    return this.#link.untilReached<MapOutcome>(
      signal,
      async (control, both) => {
        const failure = await this.#open(control, request, { lease, remoteHost }, both);
        if (failure?.kind === "unreachable") return failure;
        if (failure !== null && isCode(failure, firewallErrors.FIREWALL_DISABLED)) {
          return sourcesRefusal("UPnP 702 FirewallDisabled");
        }
        if (failure !== null) return refusalOf(failure);
        this.#watch.wake();
        return {
          kind: "granted",
          externalAddress: this.#localAddress,
          externalPort: request.internalPort,
          lifetime: lease,
        };
      },
      onQueued,
    );
  }

  unmap(key: LeaseKey, signal: AbortSignal, onQueued?: OnQueued): Promise<UnmapOutcome> {
    const name = nameOf(key);
    const id = this.#pinholes.get(name) ?? null;
    if (id === null) {
      if (!this.#pinholes.has(name)) this.#orphans.set(name, this.#now() + LONGEST_ORPHAN);
      this.#pinholes.delete(name);
      return Promise.resolve({ kind: "gone" });
    }
    return this.#link.untilReached<UnmapOutcome>(
      signal,
      async (control, both) => {
        const deleted = await control.delete(id, both);
        if (deleted.kind === "unreachable") return deleted;
        if (deleted.kind !== "done") return refusalOf(deleted);
        this.#pinholes.delete(name);
        return { kind: "gone" };
      },
      onQueued,
    );
  }

  inquire(): Promise<InquiryOutcome> {
    return Promise.resolve({ kind: "address", address: this.#localAddress });
  }

  onStateLost(listener: (signal: StateLoss) => void): void {
    this.#stateLost.push(listener);
  }

  networkChanged(): void {
    this.#link.reset();
  }

  close(): void {
    this.#link.close();
    this.#watch.close();
    this.#pinholes.clear();
    this.#stateLost.length = 0;
  }

  /** Renews what stands, else makes it anew; null when it is open then. */
  async #open(
    control: FirewallControl,
    { transport, internalPort, host }: LeaseKey,
    { lease, remoteHost }: { readonly lease: number; readonly remoteHost: string },
    signal: AbortSignal,
  ): Promise<ActionFailure | null> {
    const name = nameOf({ transport, internalPort, host });
    const id = this.#pinholes.get(name) ?? null;
    if (id !== null) {
      const updated = await control.update(id, lease, signal);
      if (updated.kind === "done") return null;
      if (updated.kind === "unreachable") return updated;
      // Gone, or not to be renewed: made anew, and the old one ends by itself.
      this.#pinholes.delete(name);
      if (!isCode(updated, firewallErrors.NO_SUCH_ENTRY)) {
        this.#orphans.set(name, this.#now() + LONGEST_ORPHAN);
      }
    }
    const added = await control.add({ transport, port: internalPort, remoteHost, lease }, signal);
    if (added.kind === "added") this.#pinholes.set(name, added.id);
    else if (isCode(added, firewallErrors.FIREWALL_DISABLED) && remoteHost === "") {
      this.#pinholes.set(name, null);
    } else return added;
    return null;
  }

  /** What an earlier run opened to everybody cannot be closed: its number is lost. It ends by itself. */
  #orphaned(request: LeaseRequest): Refusal | null {
    const left = (this.#orphans.get(nameOf(request)) ?? 0) - this.#now();
    if (left <= 0) return null;
    const refusal = sourcesRefusal("UPnP: what an earlier run opened ends by itself");
    return { ...refusal, retryAfter: Math.ceil(left / 1000) };
  }

  #now(): number {
    return this.#environment.clock.monotonic();
  }

  /** One question: whether the pinhole looked at longest ago still stands. A router that restarts tells nobody. */
  async #look(): Promise<void> {
    const [name, id] = this.#pinholes.next() ?? [];
    if (name === undefined || id === undefined || id === null) return;
    const seen = await this.#link.once<Seen>(this.#link.closed, (control, both) =>
      control.stands(id, both),
    );
    if (seen?.stands !== false || this.#pinholes.get(name) !== id) return;
    this.#environment.log.info("upnp pinhole gone", { name });
    this.#pinholes.clear();
    for (const listener of this.#stateLost) listener("missing");
  }
}

interface Seen {
  readonly kind: "told";
  readonly stands: boolean | null;
}

function nameOf({
  transport,
  internalPort,
  host,
}: Omit<LeaseKey, "nonce" | "host"> & { host?: string | undefined }): string {
  return portKey(transport, internalPort, host);
}

function isCode(failure: ActionFailure, code: number): boolean {
  return failure.kind === "fault" && failure.code === code;
}

function refusalOf(failure: Exclude<ActionFailure, { kind: "unreachable" }>): Refusal {
  if (isCode(failure, firewallErrors.PINHOLE_SPACE_EXHAUSTED)) {
    return refused("no-resources", "UPnP 701 PinholeSpaceExhausted");
  }
  if (isCode(failure, firewallErrors.INBOUND_PINHOLE_NOT_ALLOWED)) {
    return refused("not-authorized", "UPnP 703 InboundPinholeNotAllowed");
  }
  return upnpRefusal(failure);
}

/** Retried after five minutes: an error of UPnP carries no lifetime of its own. */
function refused(code: ProblemCode, detail: string): Refusal {
  return { kind: "refused", problem: problem(code, detail), retryAfter: 300 };
}
