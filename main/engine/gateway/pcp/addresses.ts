/** IP addresses on the PCP wire: always 128 bits, IPv4 as IPv4-mapped IPv6 (RFC 6887 §5). */
import ipaddr from "ipaddr.js";
import { parseAddress } from "../../addresses.ts";

export const ADDRESS_LENGTH = 16;

/** "Any address" of a family, as a suggestion or as "none" (RFC 6887 §5). */
export function unspecifiedAddress(family: 4 | 6): string {
  return family === 4 ? "0.0.0.0" : "::";
}

/**
 * The 16 bytes of `address` (dotted IPv4, or IPv6 with an optional zone, which does not travel).
 * Null when it is no IP address.
 */
export function encodeAddress(address: string): Uint8Array<ArrayBuffer> | null {
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  const wide = parsed.kind() === "ipv4" ? (parsed as ipaddr.IPv4).toIPv4MappedAddress() : parsed;
  return Uint8Array.from(wide.toByteArray());
}

/** The address in the 16 `bytes`, dotted when it is IPv4-mapped, else IPv6 as RFC 5952 writes it. */
export function decodeAddress(bytes: Uint8Array): string {
  const address = ipaddr.fromByteArray([...bytes]) as ipaddr.IPv6;
  return address.isIPv4MappedAddress()
    ? address.toIPv4Address().toString()
    : address.toRFC5952String();
}

/** False for what can never be the public side of a mapping: unspecified, multicast, broadcast, no address. */
export function canBeExternal(address: string): boolean {
  const range = parseAddress(address)?.range();
  return (
    range !== undefined && range !== "unspecified" && range !== "multicast" && range !== "broadcast"
  );
}
