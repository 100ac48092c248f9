/** The server that tells which address the internet sees (STUN): how people write it, and some that anybody may ask. */
import ipaddr from "ipaddr.js";
import { addressScope } from "./address-scope.ts";

/** UDP port where none is given (RFC 8489 §18.6). */
const DEFAULT_PORT = 3478;

export interface PublicObserver {
  /** As it stands in the settings. */
  readonly server: string;
  readonly operator: string;
}

/** Meant for anybody, and long there. Each learns the address that a datagram comes from, and no more. */
export const publicObservers: readonly PublicObserver[] = [
  // https://developers.cloudflare.com/realtime/turn/
  { server: "stun.cloudflare.com:3478", operator: "Cloudflare" },
  // What Nextcloud Talk asks where nothing else is set: https://github.com/nextcloud/spreed/blob/main/lib/Config.php
  { server: "stun.nextcloud.com:443", operator: "Nextcloud" },
  // What the WebRTC project's own samples ask: https://github.com/webrtc/samples
  { server: "stun.l.google.com:19302", operator: "Google" },
];

export type ObserverText =
  | { readonly ok: true; readonly server: string }
  | { readonly ok: false; readonly error: string };

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const hostName = new RegExp(`^(?:${label}\\.)+${label}$`);

/** Reads `stun.example.org`, with `:3478` or `stun:` (RFC 7064) if wanted, and says what is wrong with anything else. */
export function readObserver(text: string): ObserverText {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^stun:/, "");
  if (/^\[|:.*:/.test(bare)) {
    return wrong("Homeport compares IPv4 addresses, so this has to be a name or an IPv4 address.");
  }
  const [host = "", portText] = bare.split(":", 2);
  const port = portText === undefined ? DEFAULT_PORT : readPort(portText);
  if (port === null) return wrong("A port is a number from 1 to 65535.");
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) {
    return addressScope(host) === "public"
      ? { ok: true, server: `${host}:${port}` }
      : wrong(
          "From there nobody sees your internet address: the server has to be on the internet.",
        );
  }
  // A last label of digits is no name but an address with a mistake (RFC 1123 §2.1).
  if (host.length > 253 || !hostName.test(host) || /(?:^|\.)\d+$/.test(host)) {
    return wrong("That is no server. It looks like stun.example.org or stun.example.org:3478.");
  }
  return { ok: true, server: `${host}:${port}` };
}

/** Host and port of a server as `readObserver` wrote it. */
export function observerAddress(server: string): { readonly host: string; readonly port: number } {
  const [host = "", port] = server.split(":", 2);
  return { host, port: Number(port) };
}

function readPort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

function wrong(error: string): ObserverText {
  return { ok: false, error };
}
