/** Gateways' addresses as people type them. */
import ipaddr from "ipaddr.js";

/** Gateways that may be named by hand; all are asked at once. */
export const MOST_GATEWAYS = 4;

export type GatewaysText =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly wrong: "address" | "count" };

/**
 * Reads IPv4 or IPv6 addresses without port or zone, commas between them; empty text names none. Asked by two
 * spellings, one server would be given two nonces and refuse the second (RFC 6887 §11.3): so each comes in its only
 * one, and once.
 */
export function readGateways(text: string): GatewaysText {
  const typed = text
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
  if (!typed.every(isAddress)) return { ok: false, wrong: "address" };
  const addresses = [...new Set(typed.map((address) => ipaddr.process(address).toString()))];
  return addresses.length > MOST_GATEWAYS ? { ok: false, wrong: "count" } : { ok: true, addresses };
}

function isAddress(text: string): boolean {
  const isIpv6 = ipaddr.IPv6.isValid(text) && !text.includes("%");
  return isIpv6 || ipaddr.IPv4.isValidFourPartDecimal(text);
}
