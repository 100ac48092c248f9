/** A service that a program announces in the local network by mDNS (RFC 6762, RFC 6763), in checked form. */
import { isIP } from "node:net";
import type { NetworkService, Transport } from "../../../../shared/snapshot.ts";
import { wordsOf } from "../ask/answer.ts";

export interface Announcement extends NetworkService {
  /** Who sent it. What it says of itself is not proven. */
  readonly from: string;
}

/** What bonjour-service tells; none of it was checked. */
export interface Found {
  readonly fqdn?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly addresses?: unknown;
  readonly txt?: unknown;
  readonly referer?: { readonly address?: unknown } | undefined;
}

/** Pairs of TXT more than these are left out. */
const mostPairs = 16;
/** Addresses more than these of one service are left out. */
const mostAddresses = 8;

/**
 * Null when it is no service of the local network. The name is taken from the full name, since an instance may have
 * dots in its own (RFC 6763 §4.1.1).
 */
export function readAnnouncement(found: Found): Announcement | null {
  const { fqdn, host, port, addresses, referer } = found;
  const txt = readTxt(found.txt);
  const from = referer?.address;
  if (typeof fqdn !== "string" || fqdn.length > 500 || typeof from !== "string") return null;
  const [, instance, type, transport] =
    /^(.+)\.(_[a-z0-9-]{1,15})\._(tcp|udp)\.local\.?$/i.exec(fqdn) ?? [];
  const name = wordsOf(instance);
  if (type === undefined || transport === undefined || name === null) return null;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) return null;
  const given = Array.isArray(addresses) ? addresses : [];
  return {
    name,
    type: `${type}._${transport}`.toLowerCase(),
    transport: transport.toLowerCase() as Transport,
    port,
    host: wordsOf(typeof host === "string" ? host.replace(/\.local\.?$/i, "") : null),
    addresses: given
      .map((one) => (typeof one === "string" ? (one.split("%", 1)[0] ?? "") : ""))
      .filter((one) => isIP(one) !== 0)
      .slice(0, mostAddresses)
      .toSorted(),
    ...(txt !== null && { txt }),
    from,
  };
}

/** The pairs of RFC 6763 §6 that can be shown; a key alone has an empty value. Null where there is none. */
function readTxt(given: unknown): Readonly<Record<string, string>> | null {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return null;
  const pairs = Object.entries(given).flatMap(([key, value]: [string, unknown]) => {
    const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
    if (!/^[\x20-\x3c\x3e-\x7e]{1,40}$/.test(key)) return [];
    if (text === true) return [[key.toLowerCase(), ""] as const];
    return typeof text === "string" ? [[key.toLowerCase(), wordsOf(text) ?? ""] as const] : [];
  });
  return pairs.length === 0 ? null : Object.fromEntries(pairs.slice(0, mostPairs));
}
