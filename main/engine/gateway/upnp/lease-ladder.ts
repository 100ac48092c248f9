/**
 * How long a lease a gateway takes. Many take none but permanent ones (MikroTik,
 * https://github.com/tailscale/tailscale/issues/9343), or say "invalid arguments" to what they do not like (ARRIS
 * NVG578LX, https://github.com/tailscale/tailscale/issues/15223). What one accepted is asked for first from then on.
 */
import type { ActionFailure } from "./action.ts";
import { upnpErrors } from "./refusal.ts";

/** Seconds; 0 is permanent. */
const further = [86_400, 604_800, 0] as const;

export class LeaseLadder {
  #accepted: number | null = null;

  /** The leases to ask for, in order, when `wished` seconds are wanted. */
  steps(wished: number): readonly number[] {
    const all = [wished, ...further.filter((lease) => lease === 0 || lease > wished)];
    const accepted = this.#accepted;
    return accepted === null ? all : [accepted, ...all.filter((lease) => lease !== accepted)];
  }

  accepted(lease: number): void {
    this.#accepted = lease;
  }

  /** Whether `failure` may be about the lease, and which step of `steps` comes after `lease` then; null for none. */
  next(failure: ActionFailure, lease: number, steps: readonly number[]): number | null {
    const after = steps[steps.indexOf(lease) + 1] ?? null;
    if (failure.kind === "nonsense") {
      // TP-Link answers finite leases with a bare HTTP 500: https://github.com/qbittorrent/qBittorrent/issues/12610
      return lease !== 0 && failure.status >= 500 ? permanent(steps, lease) : null;
    }
    if (failure.kind !== "fault") return null;
    const { code } = failure;
    if (code === upnpErrors.ONLY_PERMANENT_LEASES_SUPPORTED) return permanent(steps, lease);
    if (code === upnpErrors.INVALID_ARGS) return after;
    if ((code < 0 || code === upnpErrors.ACTION_FAILED) && lease !== 0)
      return permanent(steps, lease);
    return null;
  }
}

/** The permanent step if it is still to come. */
function permanent(steps: readonly number[], lease: number): number | null {
  return steps.indexOf(0) > steps.indexOf(lease) ? 0 : null;
}
