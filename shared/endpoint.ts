/** Texts and keys that tray, window and headless output share, so that they can never disagree. */
import type { Endpoint, Exposure, Transport } from "./snapshot.ts";

/** `tcp/8080`: the key of an Exposure and of a Server's port. */
export function portKey(transport: Transport, port: number): string {
  return `${transport}/${port}`;
}

export function exposureKey(exposure: Pick<Exposure, "transport" | "internalPort">): string {
  return portKey(exposure.transport, exposure.internalPort);
}

/** `203.0.113.7:8080`, `[2001:db8::1]:8080` (RFC 3986 §3.2.2). */
export function formatEndpoint(endpoint: Endpoint): string {
  const host = endpoint.address.includes(":") ? `[${endpoint.address}]` : endpoint.address;
  return `${host}:${endpoint.port}`;
}

/** `1:59:03`, `4:07`, `0:09`: time left for a ring or menu, never negative. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Seconds until the mapping ends, at `now` (milliseconds of the wall clock); null when there is none. */
export function secondsLeft(exposure: Pick<Exposure, "expiresAt">, now: number): number | null {
  return exposure.expiresAt === null
    ? null
    : Math.max(0, (Date.parse(exposure.expiresAt) - now) / 1000);
}

/** The state of an Exposure in words, for tray and window. */
export function describeState(exposure: Exposure): string {
  switch (exposure.state) {
    case "mapping":
      return "Asking the router…";
    case "mapped":
      if (exposure.finding !== null) return "Open on the router, but not reachable";
      return exposure.listening
        ? "Open on the router"
        : "Open on the router, but no program listens yet";
    case "failed":
      return "Not open";
    case "withdrawing":
      return "Closing…";
  }
}
