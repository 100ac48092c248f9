/**
 * Getting one entry into a gateway's table: find out whose the port is, add, read back. Nobody else's entry is
 * ever overwritten, and what the gateway says it did is believed only when its table shows it.
 */
import type { Random } from "../../../environment.ts";
import { type LeaseRequest, type MapOutcome, PERMANENT_LEASE } from "../../port-mapper.ts";
import { sameAddress } from "../../../addresses.ts";
import type { IgdControl } from "./control.ts";
import type { PortEntry } from "./port-entry.ts";
import type { Unreachable } from "../device/control-link.ts";
import { type Added, type Addition, addMapping } from "./addition.ts";
import { isOurs, leadsTo, wasOurs } from "./ownership.ts";
import { emptyPromiseRefusal, otherHostRefusal, takenRefusal, upnpErrors } from "../refusal.ts";

/** A mapping as the gateway confirmed it. */
export interface MadeMapping {
  readonly externalPort: number;
  readonly internalClient: string;
  /** Seconds from when it was made or renewed; `PERMANENT_LEASE` until it is deleted. */
  readonly lease: number;
  /** False where the gateway does not show its table. */
  readonly shown: boolean;
}

export interface NegotiationOptions {
  readonly control: IgdControl;
  readonly random: Random;
  /** What was made for this request before, in this run. */
  readonly made: MadeMapping | null;
}

export type Negotiated =
  | { readonly kind: "made"; readonly mapping: MadeMapping }
  /** It leads to the right place already, by another program's doing; not ours to renew or delete. */
  | { readonly kind: "adopted"; readonly mapping: MadeMapping }
  | Extract<MapOutcome, { kind: "refused" }>
  | Unreachable;

/** External ports that are tried for one request. */
const MAX_PORTS = 5;
/** Where other ports than the wished one are drawn from: above what is usually served, below what clients use. */
const RANDOM_PORTS = { minimum: 20_000, maximum: 31_999 } as const;
/** Seconds by which a lease that is told may differ from the one that was asked for. */
const LEASE_TOLERANCE = 60;

type Tried =
  | Negotiated
  /** `free`: called taken, although nothing is seen at that port. */
  | { readonly kind: "taken"; readonly free?: boolean }
  | Extract<Addition, { kind: "same-port-required" }>;

/** Free ports that are refused for another host until it is clear that the host is the reason. */
const FREE_REFUSED = 2;

/** Makes or renews the mapping. Rejects only with the signal's reason. */
export async function negotiate(
  options: NegotiationOptions,
  request: LeaseRequest,
  signal: AbortSignal,
): Promise<Negotiated> {
  const negotiated = await negotiatePort(options, request, signal);
  const forOther = options.control.via !== null && isNotAuthorized(negotiated);
  return forOther ? otherHostRefusal(upnpErrors.ACTION_NOT_AUTHORIZED) : negotiated;
}

async function negotiatePort(
  options: NegotiationOptions,
  request: LeaseRequest,
  signal: AbortSignal,
): Promise<Negotiated> {
  const { control, made } = options;
  const { internalPort, exactPort } = request;
  const wished = request.suggestedPort || internalPort;
  const certain = exactPort === true || made?.externalPort === wished;
  // What was learned before saves a question, but does not fail a request by itself.
  let remembered = !certain && wished !== internalPort && control.quirks.known.samePort === true;
  let port = remembered ? internalPort : wished;
  let samePort = false;
  let drawn = false;
  let lowPort: Negotiated | null = null;
  let freeRefused = 0;
  for (let count = 0; count < MAX_PORTS; count += 1) {
    const tried = await tryPort(options, request, port, drawn, signal);
    if (tried.kind === "same-port-required") {
      control.quirks.learn({ samePort: true });
      if (samePort || port === internalPort || exactPort === true) return takenRefusal(port);
      samePort = true;
      port = internalPort;
      continue;
    }
    if (tried.kind !== "taken") {
      if (tried.kind === "made") disproveSamePort(control, tried.mapping, internalPort);
      // What another port brought says less than why the wished one was refused.
      if (tried.kind === "refused" && lowPort !== null) return lowPort;
      // Ports below 1024 are refused by many for themselves (ER605, miniupnpd), not because of who asks.
      if (port >= 1024 || exactPort === true || !isNotAuthorized(tried)) return tried;
      lowPort = tried;
    } else if (remembered) {
      remembered = false;
      port = wished;
      continue;
    } else if (tried.free === true && control.via !== null) {
      // In their secure mode routers call every port taken that is to lead to somebody else (miniupnpd: 718).
      freeRefused += 1;
      if (freeRefused === FREE_REFUSED || exactPort === true) {
        return otherHostRefusal(upnpErrors.CONFLICT_IN_MAPPING_ENTRY);
      }
    }
    if (exactPort === true || samePort) return takenRefusal(port);
    port = await drawPort(options, signal);
    drawn = true;
  }
  return takenRefusal(wished);
}

function disproveSamePort(
  { quirks }: IgdControl,
  { externalPort }: MadeMapping,
  internalPort: number,
): void {
  if (externalPort === internalPort || quirks.known.samePort !== true) return;
  quirks.learn({ samePort: undefined });
}

/** Any port that the gateway may have free, of those that it declares to open. */
async function drawPort(
  { control, random }: NegotiationOptions,
  signal: AbortSignal,
): Promise<number> {
  const declared = (await control.declaration.read(signal))?.externalPorts ?? RANDOM_PORTS;
  const minimum = Math.max(RANDOM_PORTS.minimum, declared.minimum);
  const maximum = Math.min(RANDOM_PORTS.maximum, declared.maximum);
  const from = minimum <= maximum ? { minimum, maximum } : declared;
  return from.minimum + Math.floor(random.fraction() * (from.maximum - from.minimum + 1));
}

async function tryPort(
  options: NegotiationOptions,
  request: LeaseRequest,
  externalPort: number,
  anyPort: boolean,
  signal: AbortSignal,
): Promise<Tried> {
  const { control, made } = options;
  const { transport, internalPort } = request;
  const clients = [control.internalClient, ...(made === null ? [] : [made.internalClient])];
  const before = await control.table.lookUp(transport, externalPort, signal);
  if (before.kind === "unreachable") return before;
  let ours = false;
  if (before.kind === "entry") {
    const { entry } = before;
    const remembered = made?.externalPort === externalPort && leadsTo(entry, clients, internalPort);
    const former = wasOurs(entry, { ...request, externalPort: request.suggestedPort });
    ours = remembered || former || isOurs(entry, internalPort, clients, control.via);
    if (!ours) return adopt(entry, control, request);
    // Made under an address of ours that is gone: the gateway would take us for somebody else.
    if (!sameAddress(entry.internalClient, control.internalClient)) {
      const gone = await control.delete(transport, externalPort, signal);
      if (gone.kind === "unreachable") return gone;
      if (gone.kind !== "done") return { kind: "taken" };
      ours = false;
    }
  }
  const added = await addMapping(
    control,
    request,
    { externalPort, anyPort: anyPort && !ours },
    signal,
  );
  if (added.kind === "taken") {
    // By what we made there, most likely: nobody can look, and to move on would leave it behind.
    if (before.kind === "untold") {
      if (made?.externalPort === externalPort) return { kind: "made", mapping: made };
      const { formerClient, suggestedPort } = request;
      if (formerClient !== undefined && suggestedPort === externalPort) {
        const { internalClient, via } = control;
        // Under an address of ours that is gone it leads nowhere.
        if (!sameAddress(formerClient, via ?? internalClient)) {
          return replace(options, request, externalPort, signal);
        }
        const lease = PERMANENT_LEASE;
        return { kind: "made", mapping: { externalPort, internalClient, lease, shown: false } };
      }
    }
    // Not told by its key, perhaps, though it is there.
    if (!ours && before.kind === "absent") {
      const listed = await control.table.lookUpInList(transport, externalPort, signal);
      if (listed.kind === "unreachable") return listed;
      ours = listed.kind === "entry" && isOurs(listed.entry, internalPort, clients, control.via);
      if (listed.kind === "absent") return { kind: "taken", free: true };
    }
    // Permanent-only routers do not let their own client renew: https://github.com/MASQ-Project/MASQ-Node-issues/issues/752
    return ours ? replace(options, request, externalPort, signal) : added;
  }
  if (added.kind !== "added") return added;
  const shown = await readBack(options, request, added, signal);
  if (shown.kind !== "made" || !ours) return shown;
  // Tomato keeps counting down: https://github.com/miniupnp/miniupnp/issues/131
  const promised = Math.min(permanentOr(added.lease), made?.lease ?? 0);
  const renewed = shown.mapping.lease + LEASE_TOLERANCE >= promised;
  return renewed ? shown : replace(options, request, externalPort, signal);
}

/** Deletes our own entry and makes it anew. */
async function replace(
  options: NegotiationOptions,
  request: LeaseRequest,
  externalPort: number,
  signal: AbortSignal,
): Promise<Tried> {
  const gone = await options.control.delete(request.transport, externalPort, signal);
  if (gone.kind === "unreachable") return gone;
  if (gone.kind !== "done") return { kind: "taken" };
  const added = await addMapping(
    options.control,
    request,
    { externalPort, anyPort: false },
    signal,
  );
  return added.kind === "added" ? readBack(options, request, added, signal) : added;
}

async function readBack(
  { control }: NegotiationOptions,
  request: LeaseRequest,
  { port, lease }: Added,
  signal: AbortSignal,
): Promise<Tried> {
  const { internalClient } = control;
  const mapping = { externalPort: port, internalClient, shown: true };
  const { transport } = request;
  let shown = await control.table.lookUp(transport, port, signal);
  if (shown.kind === "absent") {
    shown = await control.table.lookUpInList(transport, port, signal);
  }
  switch (shown.kind) {
    case "unreachable":
      return shown;
    case "untold":
      return { kind: "made", mapping: { ...mapping, lease: permanentOr(lease), shown: false } };
    case "absent":
      return emptyPromiseRefusal(`port ${port} was granted but is not in its list`);
    case "entry":
      break;
  }
  const { entry } = shown;
  // It overwrote nothing of ours and did not do as asked: somebody else was there, or came in between.
  if (!leadsTo(entry, [internalClient], request.internalPort)) return { kind: "taken" };
  if (!entry.enabled) {
    await control.delete(request.transport, port, signal);
    return emptyPromiseRefusal(`port ${port} was granted but is switched off`);
  }
  return { kind: "made", mapping: { ...mapping, lease: permanentOr(entry.lease ?? lease) } };
}

/** Another program of this PC may have opened the way already; anything else at that port is in the way. */
function adopt(
  entry: PortEntry,
  { internalClient }: IgdControl,
  { internalPort, lifetime }: LeaseRequest,
): Tried {
  if (!entry.enabled || !leadsTo(entry, [internalClient], internalPort)) return { kind: "taken" };
  const { externalPort } = entry;
  const lease = permanentOr(entry.lease ?? lifetime);
  return { kind: "adopted", mapping: { externalPort, internalClient, lease, shown: true } };
}

function permanentOr(lease: number): number {
  return lease === 0 ? PERMANENT_LEASE : lease;
}

function isNotAuthorized(tried: Negotiated): boolean {
  return tried.kind === "refused" && tried.problem.code === "not-authorized";
}
