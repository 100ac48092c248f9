/**
 * Letting in one visitor alone: many routers take the address and let in everybody, so that it counts only where their
 * table shows it.
 */
import type { LeaseKey, LeaseRequest, Refusal } from "../../port-mapper.ts";
import { isLimited, sourcesRefusal } from "../../sources-refusal.ts";
import type { IgdControl } from "./control.ts";
import type { Unreachable } from "../device/control-link.ts";
import {
  type MadeMapping,
  type Negotiated,
  negotiate,
  type NegotiationOptions,
} from "./negotiation.ts";
import { isOurs, leadsTo } from "./ownership.ts";
import type { PortEntry } from "./port-entry.ts";
import { takenRefusal } from "../refusal.ts";
import { remoteHostOf } from "../remote-host.ts";

/** The control point for what a lease lets in. */
export function admitting(control: IgdControl, key: Pick<LeaseKey, "sources">): IgdControl {
  const remoteHost = remoteHostOf(key);
  return control.lettingIn(typeof remoteHost === "string" ? remoteHost : "");
}

/** `negotiate`, but a mapping that lets in others than its visitor is deleted again and refused. */
export async function negotiateAdmission(
  options: NegotiationOptions,
  request: LeaseRequest,
  signal: AbortSignal,
): Promise<Negotiated> {
  const result = await negotiate(options, request, signal);
  if (!isLimited(request)) return result;
  if (result.kind === "adopted") return openByOthers();
  if (result.kind !== "made") return result;
  return (await unlimited(options.control, request, result.mapping, signal)) ?? result;
}

/** Null where the router's list shows our entry with its visitor, and none for everybody beside it. */
async function unlimited(
  control: IgdControl,
  { transport, internalPort }: LeaseKey,
  { externalPort }: MadeMapping,
  signal: AbortSignal,
): Promise<Refusal | Unreachable | null> {
  const here: PortEntry[] = [];
  const end = await control.table.find((entry) => {
    if (entry.transport === transport && entry.externalPort === externalPort) here.push(entry);
    return false;
  }, signal);
  if (end.kind === "unreachable") return end;
  const { remoteHost, internalClient, via } = control;
  const kept = here.some((entry) => entry.remoteHost === remoteHost);
  const others = here.filter((entry) => entry.remoteHost !== remoteHost);
  const open = others.filter((entry) => !isOurs(entry, internalPort, [internalClient], via));
  if (kept && others.length === 0) return null;
  const undone = await deleteBoth(
    control,
    transport,
    externalPort,
    kept && open.length > 0,
    signal,
  );
  if (undone !== null) return undone;
  if (!kept) return sourcesRefusal("UPnP: it does not keep the address");
  return open.some((entry) => leadsTo(entry, [internalClient], internalPort))
    ? openByOthers()
    : takenRefusal(externalPort);
}

/** Ours for the visitor and, unless it is somebody else's, the one for everybody, which some make of it. */
async function deleteBoth(
  control: IgdControl,
  transport: LeaseKey["transport"],
  externalPort: number,
  openIsForeign: boolean,
  signal: AbortSignal,
): Promise<Unreachable | null> {
  for (const one of openIsForeign ? [control] : [control, control.lettingIn("")]) {
    const gone = await one.delete(transport, externalPort, signal);
    if (gone.kind === "unreachable") return gone;
  }
  return null;
}

/** Another program of this PC has the same port open: to close it is not ours. */
function openByOthers(): Refusal {
  return sourcesRefusal("UPnP: another program here lets in everybody");
}
