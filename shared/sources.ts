/** Who may connect to an exposure: address prefixes of visitors. An empty list means everybody. */
import ipaddr from "ipaddr.js";

/** Prefixes in one list: more than a household's friends have, and few enough for small routers. */
export const MOST_SOURCES = 8;

export type ParsedSource =
  | { readonly ok: true; readonly source: string }
  | { readonly ok: false; readonly message: string };

/** What visitors cannot come from. */
const nobody: ReadonlySet<string> = new Set(["unspecified", "multicast", "broadcast"]);

/**
 * Reads an address (`198.51.100.7`, `2001:db8::7`) or a prefix (`198.51.100.0/24`). The answer is its only spelling: a
 * single address without a length, of a prefix the network alone.
 */
export function parseSource(text: string): ParsedSource {
  const trimmed = text.trim();
  const [address = "", bits, ...rest] = trimmed.split("/");
  const parsed = parseAddress(address);
  if (parsed === null || rest.length > 0) return wrong(trimmed, "is no IP address");
  const wide = parsed.kind() === "ipv4" ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return wrong(trimmed, lengths(wide));
  const length = bits === undefined ? wide : Number(bits);
  if (length === 0) return wrong(trimmed, "is everybody; leave the list empty for that");
  if (length > wide) return wrong(trimmed, lengths(wide));
  const network = `${parsed.toString()}/${length}`;
  const first =
    wide === 32
      ? ipaddr.IPv4.networkAddressFromCIDR(network)
      : ipaddr.IPv6.networkAddressFromCIDR(network);
  if (nobody.has(first.range())) return wrong(trimmed, "is the address of no visitor");
  const spelt = first instanceof ipaddr.IPv6 ? first.toRFC5952String() : first.toString();
  return { ok: true, source: length === wide ? spelt : `${spelt}/${length}` };
}

export function sourceFamily(source: string): 4 | 6 {
  return source.includes(":") ? 6 : 4;
}

/** The address and length of what `parseSource` gave. */
export function prefixOf(source: string): {
  readonly address: string;
  readonly prefixLength: number;
} {
  const [address = "", bits] = source.split("/");
  const wide = sourceFamily(source) === 4 ? 32 : 128;
  return { address, prefixLength: bits === undefined ? wide : Number(bits) };
}

/** Those of one family; null where that leaves nobody, although the list lets in others. */
export function sourcesOfFamily(
  sources: readonly string[],
  family: 4 | 6,
): readonly string[] | null {
  const own = sources.filter((source) => sourceFamily(source) === family);
  return own.length === 0 && sources.length > 0 ? null : own;
}

/** True when both let in the same, in whatever order. */
export function sameSources(left: readonly string[] = [], right: readonly string[] = []): boolean {
  const other = new Set(right);
  return new Set(left).size === other.size && left.every((source) => other.has(source));
}

/** `1 address only`, `2 addresses and 1 range only`; null for everybody. */
export function describeSources(sources: readonly string[] = []): string | null {
  if (sources.length === 0) return null;
  const ranges = sources.filter((source) => source.includes("/")).length;
  const addresses = sources.length - ranges;
  const parts = [
    ...(addresses === 0 ? [] : [addresses === 1 ? "1 address" : `${addresses} addresses`]),
    ...(ranges === 0 ? [] : [ranges === 1 ? "1 range" : `${ranges} ranges`]),
  ];
  return `${parts.join(" and ")} only`;
}

/** ipaddr.js also takes "1" and octal forms; a zone means nothing to a router. */
function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  if (!address.includes(":")) {
    return ipaddr.IPv4.isValidFourPartDecimal(address) ? ipaddr.IPv4.parse(address) : null;
  }
  if (address.includes("%") || !ipaddr.IPv6.isValid(address)) return null;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
}

function lengths(wide: number): string {
  return `needs a length from 1 to ${wide} after the slash`;
}

function wrong(text: string, what: string): ParsedSource {
  return { ok: false, message: `“${text.slice(0, 60)}” ${what}.` };
}
