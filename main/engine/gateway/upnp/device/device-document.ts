/** What a device serves of itself over HTTP, with limits; redirects are not followed. */
import type { Lan, Logger } from "../../../environment.ts";
import { type IgdDescription, parseDescription } from "./description.ts";

/** Milliseconds and bytes for one description. */
const FETCH_TIMEOUT = 2500;
const MAX_DOCUMENT = 262_144;

export interface DocumentPlace {
  /** Judged before: on the gateway itself. */
  readonly url: string;
  /** Of ours. */
  readonly localAddress: string;
  /** Milliseconds; that of a description if not told. */
  readonly timeout?: number;
}

export type DeviceDocument =
  | { readonly kind: "document"; readonly body: string; readonly localAddress: string }
  /** A word for the log. */
  | { readonly kind: "failed"; readonly reason: string };

export async function fetchDocument(
  lan: Lan,
  { url, localAddress, timeout = FETCH_TIMEOUT }: DocumentPlace,
  signal: AbortSignal,
): Promise<DeviceDocument> {
  const request = { method: "GET", url, localAddress, timeout, maxBytes: MAX_DOCUMENT } as const;
  const outcome = await lan.http(request, signal);
  if (outcome.kind === "failed") return { kind: "failed", reason: outcome.reason };
  if (outcome.status !== 200) return { kind: "failed", reason: `HTTP ${outcome.status}` };
  return { kind: "document", body: outcome.body, localAddress: outcome.localAddress };
}

/** The description at `place`, if it has a service of `wanted`; null otherwise. */
export async function fetchDescription(
  { lan, log }: { readonly lan: Lan; readonly log: Logger },
  place: DocumentPlace,
  wanted: Parameters<typeof parseDescription>[2],
  signal: AbortSignal,
): Promise<(IgdDescription & { readonly localAddress: string }) | null> {
  const { url } = place;
  const fetched = await fetchDocument(lan, place, signal);
  if (fetched.kind === "failed") {
    log.debug("upnp description not fetched", { url, reason: fetched.reason });
    return null;
  }
  const description = parseDescription(fetched.body, url, wanted);
  if (description === null) {
    log.debug("upnp device has nothing of use", { url });
    return null;
  }
  return { ...description, localAddress: fetched.localAddress };
}
