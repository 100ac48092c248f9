/** SSDP messages (UPnP Device Architecture 1.1 §1.3): building a search, reading an answer. Pure and bounded. */

/** UDP port of SSDP. */
export const SSDP_PORT = 1900;
export const SSDP_GROUP4 = "239.255.255.250";

/** Bytes of the longest answer that is read. */
const MAX_LENGTH = 4096;
const MAX_LINES = 64;
const MAX_VALUE = 1024;

export const searchTargets = {
  igd1: "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
  igd2: "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
  ip1: "urn:schemas-upnp-org:service:WANIPConnection:1",
  ppp1: "urn:schemas-upnp-org:service:WANPPPConnection:1",
  firewall: "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1",
  all: "ssdp:all",
} as const;
export type SearchTarget = (typeof searchTargets)[keyof typeof searchTargets];

export interface SsdpAnswer {
  /** Where the description is, as sent; to be judged before it is fetched. */
  readonly location: string;
  /** What it answers to; empty when it does not say. */
  readonly target: string;
}

/**
 * The search for `target` at `host` ("address:port"). MX, the seconds over which
 * answers are spread, is 1: 0 crashes some daemons (https://github.com/home-assistant-libs/netdisco/pull/16).
 */
export function encodeSearch(target: SearchTarget, host: string): Uint8Array<ArrayBuffer> {
  const lines = [
    "M-SEARCH * HTTP/1.1",
    `HOST: ${host}`,
    `ST: ${target}`,
    'MAN: "ssdp:discover"',
    "MX: 1",
    "",
    "",
  ];
  return Uint8Array.from(new TextEncoder().encode(lines.join("\r\n")));
}

/** Reads the answer to a search; null for anything else, searches and notifications of others included. */
export function decodeSearchAnswer(datagram: Uint8Array): SsdpAnswer | null {
  if (datagram.length > MAX_LENGTH) return null;
  const text = new TextDecoder("latin1").decode(datagram);
  const lines = text.split("\n", MAX_LINES + 1);
  if (lines.length > MAX_LINES) return null;
  if (!/^HTTP\/1\.[01] +200(?: |\r|$)/i.test(lines[0] ?? "")) return null;
  const headers = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    if (colon === -1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    // The first counts: a second Location is somebody's mistake or trick.
    if (value.length <= MAX_VALUE && !headers.has(name)) headers.set(name, value);
  }
  const location = headers.get("location");
  if (location === undefined || location === "") return null;
  return { location, target: headers.get("st") ?? "" };
}
