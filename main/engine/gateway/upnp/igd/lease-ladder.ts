/**
 * How long a lease a gateway takes. Many take none but permanent ones (MikroTik,
 * https://github.com/tailscale/tailscale/issues/9343), or say "invalid arguments" to what they do not like (ARRIS
 * NVG578LX, https://github.com/tailscale/tailscale/issues/15223). What one accepted is asked for first from then on.
 */
import type { ActionFailure } from "../device/action.ts";
import { upnpErrors } from "../refusal.ts";
import type { ValueRange } from "../device/scpd.ts";

/** Seconds; 0 is permanent. */
const further = [86_400, 604_800, 0] as const;

/** What is known of a gateway beforehand. */
export interface KnownLeases {
  /** What it took before; undefined when it was what was wished, or is not known. */
  readonly accepted: number | undefined;
  /** What it declares to take. */
  readonly declared: ValueRange | null;
}

/** The leases to ask for, in order and each once, when `wished` seconds are wanted. */
export function leaseSteps(wished: number, { accepted, declared }: KnownLeases): readonly number[] {
  const first = declared === null ? wished : clamped(wished, declared);
  const longer = further.filter(
    // Some declare what they then refuse: error 725 is stronger than that, so the permanent one stays.
    (lease) => lease === 0 || (lease > first && lease <= (declared?.maximum ?? lease)),
  );
  return [...new Set([...(accepted === undefined ? [] : [accepted]), first, ...longer])];
}

/** Whether `failure` to a lease may be about it: the next of `steps` to ask for then; null for none. */
export function nextLease(
  failure: ActionFailure,
  lease: number,
  tried: ReadonlySet<number>,
  steps: readonly number[],
): number | null {
  const permanent = tried.has(0) ? null : 0;
  if (failure.kind === "nonsense") {
    // TP-Link answers finite leases with a bare HTTP 500: https://github.com/qbittorrent/qBittorrent/issues/12610
    return lease !== 0 && failure.status >= 500 ? permanent : null;
  }
  if (failure.kind !== "fault") return null;
  const { code } = failure;
  if (code === upnpErrors.ONLY_PERMANENT_LEASES_SUPPORTED) return permanent;
  if (code === upnpErrors.INVALID_ARGS || code === upnpErrors.ARGUMENT_VALUE_OUT_OF_RANGE) {
    return steps.find((step) => !tried.has(step)) ?? null;
  }
  return (code < 0 || code === upnpErrors.ACTION_FAILED) && lease !== 0 ? permanent : null;
}

/** The permanent lease is the longest of all: to wish for it is to wish for the longest that is declared. */
function clamped(wished: number, { minimum, maximum }: ValueRange): number {
  return Math.min(Math.max(wished, minimum), maximum);
}
