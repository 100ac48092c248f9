/** One entry into a gateway's table at one port: by which action, and for how long. */
import type { LeaseRequest, Refusal } from "../../port-mapper.ts";
import type { IgdControl } from "./control.ts";
import type { Unreachable } from "../device/control-link.ts";
import { leaseSteps, nextLease } from "./lease-ladder.ts";
import { descriptionOf, isOurs } from "./ownership.ts";
import { fullTableRefusal, upnpErrors, upnpRefusal } from "../refusal.ts";

export interface Added {
  readonly kind: "added";
  readonly port: number;
  /** As asked for, 0 being permanent. */
  readonly lease: number;
}

export type Addition =
  | Added
  | { readonly kind: "taken" }
  | { readonly kind: "same-port-required" }
  | Refusal
  | Unreachable;

interface Place {
  readonly externalPort: number;
  /** Another port is as good. */
  readonly anyPort: boolean;
}

const notImplemented: ReadonlySet<number> = new Set([
  upnpErrors.INVALID_ACTION,
  upnpErrors.OPTIONAL_ACTION_NOT_IMPLEMENTED,
]);
const takenCodes: ReadonlySet<number> = new Set([
  upnpErrors.CONFLICT_IN_MAPPING_ENTRY,
  upnpErrors.CONFLICT_WITH_OTHER_MECHANISMS,
]);

/** Whose the port is was found out before. Rejects only with the signal's reason. */
export async function addMapping(
  control: IgdControl,
  request: LeaseRequest,
  { externalPort, anyPort }: Place,
  signal: AbortSignal,
): Promise<Addition> {
  const { quirks, declaration } = control;
  const { transport, internalPort, lifetime } = request;
  const stepsNow = (): readonly number[] =>
    leaseSteps(lifetime, {
      accepted: quirks.known.lease,
      declared: declaration.known?.leases ?? null,
    });
  const tried = new Set<number>();
  let [lease = lifetime] = stepsNow();
  let letPick = anyPort && (await picksPorts(control, signal));
  for (;;) {
    tried.add(lease);
    const description = descriptionOf(request, control.via);
    const wish = { transport, externalPort, internalPort, lease, description };
    const answer = letPick ? await control.addAny(wish, signal) : await control.add(wish, signal);
    if (answer.kind === "unreachable") return answer;
    if (answer.kind === "done" || answer.kind === "reserved") {
      learnLease(control, lease, lifetime);
      return { kind: "added", port: answer.kind === "done" ? externalPort : answer.port, lease };
    }
    const code = answer.kind === "fault" ? answer.code : null;
    if (letPick && (code === null || notImplemented.has(code))) {
      if (code !== null) quirks.learn({ picksNoPort: true });
      letPick = false;
      continue;
    }
    if (answer.kind === "nonsense" && answer.status !== 401 && answer.status !== 403) {
      const there = await isThere(control, request, externalPort, signal);
      if (typeof there !== "boolean") return there;
      if (there) return { kind: "added", port: externalPort, lease };
    }
    if (nextLease(answer, lease, tried, stepsNow()) !== null) {
      // What it declares may spare more questions, and a permanent lease.
      if (code !== upnpErrors.ONLY_PERMANENT_LEASES_SUPPORTED) await declaration.read(signal);
      const next = nextLease(answer, lease, tried, stepsNow());
      if (next !== null) {
        lease = next;
        continue;
      }
    }
    if (code === upnpErrors.INVALID_ARGS && control.hasTaken) return fullTableRefusal(code);
    if (code !== null && takenCodes.has(code)) return { kind: "taken" };
    if (code === upnpErrors.SAME_PORT_VALUES_REQUIRED) return { kind: "same-port-required" };
    return upnpRefusal(answer);
  }
}

/** Some carry it out, and answer as if they had not (a Zyxel, it seems: https://github.com/tailscale/tailscale/issues/15882). */
async function isThere(
  control: IgdControl,
  { transport, internalPort }: LeaseRequest,
  externalPort: number,
  signal: AbortSignal,
): Promise<boolean | Unreachable> {
  const shown = await control.table.lookUp(transport, externalPort, signal);
  if (shown.kind === "unreachable") return shown;
  const { internalClient, via } = control;
  return shown.kind === "entry" && isOurs(shown.entry, internalPort, [internalClient], via);
}

/** Whether the gateway can pick a port by itself: as it declares, else as its version has it. */
async function picksPorts(control: IgdControl, signal: AbortSignal): Promise<boolean> {
  if (control.quirks.known.picksNoPort === true) return false;
  const scpd = await control.declaration.read(signal);
  return scpd?.actions.has("AddAnyPortMapping") ?? control.service.version >= 2;
}

function learnLease({ quirks }: IgdControl, lease: number, wished: number): void {
  if (lease !== wished) quirks.learn({ lease });
  else if (quirks.known.lease !== undefined) quirks.learn({ lease: undefined });
}
