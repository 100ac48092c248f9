/** A gateway's address as people type it. */
import ipaddr from "ipaddr.js";

export type GatewayText =
  | { readonly ok: true; readonly address: string | null }
  | { readonly ok: false; readonly error: string };

/** Reads an IPv4 or IPv6 address without port or zone; empty text is null: find it. */
export function readGatewayAddress(text: string): GatewayText {
  const address = text.trim();
  if (address === "") return { ok: true, address: null };
  const isIpv6 = ipaddr.IPv6.isValid(address) && !address.includes("%");
  return ipaddr.IPv4.isValidFourPartDecimal(address) || isIpv6
    ? { ok: true, address }
    : { ok: false, error: "That is not an IP address. It looks like 192.168.1.1 or fd00::1." };
}
