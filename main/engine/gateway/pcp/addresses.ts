/** IP addresses on the PCP wire: always 128 bits, IPv4 as IPv4-mapped IPv6 (RFC 6887 §5). */
import ipaddr from "ipaddr.js";

export const ADDRESS_LENGTH = 16;

/** "Any address" of a family, as a suggestion or as "none" (RFC 6887 §5). */
export function unspecifiedAddress(family: 4 | 6): string {
  return family === 4 ? "0.0.0.0" : "::";
}

export function addressFamily(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
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

/** True when both name one address, whatever the spelling; zones are not compared. */
export function sameAddress(left: string, right: string): boolean {
  if (left === right) return true;
  const a = encodeAddress(left);
  const b = encodeAddress(right);
  return a !== null && b !== null && a.every((byte, index) => byte === b[index]);
}

/**
 * True when a datagram from `source` is from the host at `address`: a link-local address means another host on another
 * link, so there the zones have to be alike too.
 */
export function sameSource(source: string, address: string): boolean {
  return (
    sameAddress(source, address) && (!isLinkLocal(address) || zoneOf(source) === zoneOf(address))
  );
}

/** False for what can never be the public side of a mapping: unspecified, multicast, broadcast, no address. */
export function canBeExternal(address: string): boolean {
  const range = parseAddress(address)?.range();
  return (
    range !== undefined && range !== "unspecified" && range !== "multicast" && range !== "broadcast"
  );
}

function isLinkLocal(address: string): boolean {
  return parseAddress(address)?.range() === "linkLocal";
}

function zoneOf(address: string): string | undefined {
  return address.split("%", 2)[1];
}

function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  // ipaddr.js also takes "1" and octal forms; only the four-part decimal form is meant here.
  if (!address.includes(":")) {
    return ipaddr.IPv4.isValidFourPartDecimal(address) ? ipaddr.IPv4.parse(address) : null;
  }
  const bare = address.split("%", 1)[0] ?? "";
  return ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare) : null;
}
