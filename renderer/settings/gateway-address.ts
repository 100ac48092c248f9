/** Gateways' addresses as people type them. */
import ipaddr from "ipaddr.js";

export type GatewayText =
  | { readonly ok: true; readonly address: string | null }
  | { readonly ok: false; readonly error: string };

/** Reads IPv4 or IPv6 addresses without port or zone, commas between them; empty text is null: find the gateway. */
export function readGatewayAddress(text: string): GatewayText {
  const addresses = text
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
  if (addresses.length === 0) return { ok: true, address: null };
  return addresses.every(isAddress)
    ? { ok: true, address: addresses.join(", ") }
    : { ok: false, error: "That is not an IP address. It looks like 192.168.1.1 or fd00::1." };
}

function isAddress(text: string): boolean {
  const isIpv6 = ipaddr.IPv6.isValid(text) && !text.includes("%");
  return isIpv6 || ipaddr.IPv4.isValidFourPartDecimal(text);
}
