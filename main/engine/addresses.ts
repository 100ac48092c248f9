/** IP addresses of hosts: whether two are one, and whether one is near. Zones (`%eth0`) are taken where the system gives them. */
import ipaddr from "ipaddr.js";
import type { LocalAddress } from "./environment.ts";

/** Null when it is no IP address (dotted IPv4, or IPv6 with an optional zone, which is left out). */
export function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  // ipaddr.js also takes "1" and octal forms; only the four-part decimal form is meant here.
  if (!address.includes(":")) {
    return ipaddr.IPv4.isValidFourPartDecimal(address) ? ipaddr.IPv4.parse(address) : null;
  }
  const bare = address.split("%", 1)[0] ?? "";
  return ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare) : null;
}

export function addressFamily(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

/** True when both name one address, whatever the spelling (IPv4-mapped too); zones are not compared. */
export function sameAddress(left: string, right: string): boolean {
  if (left === right) return true;
  const a = normal(left);
  return a !== null && a === normal(right);
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

/** True when `address` is in a network that this PC is in itself, by one of `own`. */
export function isOnLink(address: string, own: readonly LocalAddress[]): boolean {
  const theirs = parseAddress(address);
  if (theirs === null) return false;
  return own.some((local) => {
    const mine = parseAddress(local.address);
    return mine?.kind() === theirs.kind() && theirs.match(mine, local.prefixLength);
  });
}

function normal(address: string): string | null {
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  const mapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress();
  return (mapped ? parsed.toIPv4Address() : parsed).toString();
}

function isLinkLocal(address: string): boolean {
  return parseAddress(address)?.range() === "linkLocal";
}

function zoneOf(address: string): string | undefined {
  return address.split("%", 2)[1];
}
