/** Who comes in through a mapping with filters (FILTER, RFC 6887 §13.3). */
import ipaddr from "ipaddr.js";
import type { UdpAddress } from "../engine/environment.ts";
import type { Option } from "../engine/gateway/pcp/options.ts";

export type Filter = Extract<Option, { name: "filter" }>;

/** Bits before an IPv4 address on the wire. */
const MAPPED_PREFIX = 96;

/** True for a length that can be: 0 takes away all filters before it, and one of IPv4 counts from 96 on. */
export function isFilter({ prefixLength, remoteAddress }: Filter): boolean {
  const least = remoteAddress.includes(":") ? 1 : MAPPED_PREFIX + 1;
  return prefixLength === 0 || (prefixLength >= least && prefixLength <= 128);
}

/** The filters that hold after a request: they add up, unless one of length 0 takes away what came before it. */
export function filtersAfter(
  before: readonly Filter[],
  asked: readonly Filter[],
): readonly Filter[] {
  const last = asked.findLastIndex(({ prefixLength }) => prefixLength === 0);
  return last === -1 ? [...before, ...asked] : asked.slice(last + 1);
}

/** Without filters everybody comes in. */
export function isAdmitted(filters: readonly Filter[], from: UdpAddress): boolean {
  if (filters.length === 0) return true;
  const visitor = ipaddr.process(from.address);
  return filters.some(({ remoteAddress, remotePort, prefixLength }) => {
    const network = ipaddr.process(remoteAddress);
    if (network.kind() !== visitor.kind() || (remotePort !== 0 && remotePort !== from.port)) {
      return false;
    }
    const length = network.kind() === "ipv4" ? prefixLength - MAPPED_PREFIX : prefixLength;
    return visitor.match(network, length);
  });
}
