/** What kind of address a gateway calls its external one: only a public one can be reached from the internet. */
import ipaddr from "ipaddr.js";

export type AddressScope =
  /** Reachable from the internet as far as the address tells. */
  | "public"
  /** RFC 1918, ULA, link-local: another router stands before the internet (double NAT). */
  | "private"
  /** 100.64.0.0/10 (RFC 6598): the provider shares addresses among customers. */
  | "shared"
  /** 192.0.0.0/29 (RFC 6333 §5.7): the inner side of a DS-Lite tunnel. */
  | "ds-lite"
  /** This PC itself; only the demo network says so. */
  | "loopback"
  /** 0.0.0.0, `::`, documentation and other ranges that nobody can be reached at. */
  | "unusable";

const dsLite = ipaddr.IPv4.parseCIDR("192.0.0.0/29");

/** Of addresses asked about lately: the same few are asked about with every change. */
const known = new Map<string, AddressScope>();
const MOST_KNOWN = 64;

/** Classifies an IP address literal; anything else is `unusable`. */
export function addressScope(address: string): AddressScope {
  const before = known.get(address);
  if (before !== undefined) return before;
  const scope = classify(address);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(address, scope);
  return scope;
}

function classify(address: string): AddressScope {
  if (!ipaddr.isValid(address)) return "unusable";
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4 && parsed.match(dsLite)) return "ds-lite";
  switch (parsed.range()) {
    case "unicast":
      return "public";
    case "private":
    case "uniqueLocal":
    case "linkLocal":
      return "private";
    case "carrierGradeNat":
      return "shared";
    case "loopback":
      return "loopback";
    default:
      return "unusable";
  }
}

/** True for an external address before which another router must stand that translates it. */
export function isBehindNat(address: string): boolean {
  return ["private", "shared", "ds-lite"].includes(addressScope(address));
}
