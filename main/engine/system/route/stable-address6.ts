/**
 * Which IPv6 address of an interface visitors can be led to. A privacy address (RFC 8981) is gone tomorrow, a
 * deprecated one is about to go, and a unique local one (RFC 4193) is not reachable from the internet.
 */
import ipaddr from "ipaddr.js";

const IFA_F_TEMPORARY = 0x01;
const IFA_F_DADFAILED = 0x08;
const IFA_F_DEPRECATED = 0x20;
const IFA_F_TENTATIVE = 0x40;
const unfit = IFA_F_TEMPORARY | IFA_F_DADFAILED | IFA_F_DEPRECATED | IFA_F_TENTATIVE;

/** /proc/net/if_inet6: address, index, prefix length, scope, flags, interface. */
export function stableFromLinux(text: string, name: string): string | null {
  for (const line of text.split("\n")) {
    const [address = "", , , , flags = "", owner] = line.trim().split(/\s+/);
    if (owner !== name || !/^[0-9a-f]{32}$/i.test(address)) continue;
    if (!/^[0-9a-f]{2,8}$/i.test(flags) || (Number.parseInt(flags, 16) & unfit) !== 0) continue;
    const found = global(new ipaddr.IPv6([...Buffer.from(address, "hex")]).toString());
    if (found !== null) return found;
  }
  return null;
}

/** `clat46` is where IPv4 of this PC comes out of IPv6 (RFC 6877): nothing listens there. */
const unfitMarks: ReadonlySet<string> = new Set([
  "temporary",
  "deprecated",
  "tentative",
  "duplicated",
  "detached",
  "clat46",
]);

/** `ifconfig <name>` of macOS: `inet6 2001:db8::1 prefixlen 64 autoconf secured`. */
export function stableFromIfconfig(text: string): string | null {
  for (const line of text.split("\n")) {
    const [word, address = "", ...marks] = line.trim().split(/\s+/);
    if (word !== "inet6") continue;
    if (marks.some((mark) => unfitMarks.has(mark))) continue;
    const found = global(address);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Lines of `<SuffixOrigin> <AddressState> <address>` in figures, as Windows numbers them (NL_SUFFIX_ORIGIN: 5 is
 * random; NL_DAD_STATE: 4 is preferred), so that no word of any language has to be read.
 */
export function stableFromWindows(text: string): string | null {
  for (const line of text.split(/\r?\n/)) {
    const [suffix, state, address = "", ...rest] = line.trim().split(/\s+/);
    if (rest.length > 0 || suffix === "5" || state !== "4" || !/^\d$/.test(suffix ?? "")) continue;
    const found = global(address);
    if (found !== null) return found;
  }
  return null;
}

const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** In its shortest form; null unless it is a global unicast address and no way through IPv4 (6to4, Teredo). */
function global(address: string): string | null {
  if (!ipaddr.IPv6.isValid(address)) return null;
  const parsed = ipaddr.IPv6.parse(address);
  const tunnelled = ["6to4", "teredo"].includes(parsed.range());
  return parsed.match(globalUnicast) && !tunnelled ? parsed.toString() : null;
}
