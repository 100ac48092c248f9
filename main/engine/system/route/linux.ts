/** The kernel's route tables as /proc shows them; no child process. Malformed lines are ignored. */
import ipaddr from "ipaddr.js";
import type { TableRoute } from "./default-routes.ts";

const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;

/** /proc/net/route: addresses as little-endian hexadecimal figures. */
export function parseRoute4(text: string): TableRoute[] {
  return text.split("\n").flatMap((line): TableRoute[] => {
    const [name, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
    const [to, via, bits] = [address4(destination), address4(gateway), flagsOf(flags)];
    const length = address4(mask)?.prefixLengthFromSubnetMask() ?? null;
    if (!name || to === null || via === null || length === null || !isUsable(bits)) return [];
    return [
      {
        family: 4,
        destination: `${to.toString()}/${length}`,
        gateway: (bits & RTF_GATEWAY) === 0 ? null : via.toString(),
        interface: name,
        metric: /^\d{1,10}$/.test(metric ?? "") ? Number(metric) : Number.MAX_SAFE_INTEGER,
      },
    ];
  });
}

/**
 * /proc/net/ipv6_route: destination, its prefix length, source, its prefix length, next hop, metric, counters,
 * flags, interface; figures hexadecimal. A route for some sources alone counts as well, since the kernel looks at
 * the destination first.
 */
export function parseRoute6(text: string): TableRoute[] {
  return text.split("\n").flatMap((line): TableRoute[] => {
    const [destination, prefix, , , gateway, metric, , , flags, name, ...rest] = line
      .trim()
      .split(/\s+/);
    const [to, via, bits] = [address6(destination), address6(gateway), flagsOf(flags)];
    if (!name || rest.length > 0 || to === null || via === null || !isUsable(bits)) return [];
    if (!/^[0-9a-f]{2}$/i.test(prefix ?? "") || !/^[0-9a-f]{8}$/i.test(metric ?? "")) return [];
    const length = Number.parseInt(prefix ?? "", 16);
    if (length > 128) return [];
    const zone = via.range() === "linkLocal" ? `%${name}` : "";
    return [
      {
        family: 6,
        destination: `${to.toString()}/${length}`,
        gateway: (bits & RTF_GATEWAY) === 0 ? null : via.toString() + zone,
        interface: name,
        metric: Number.parseInt(metric ?? "", 16),
      },
    ];
  });
}

function isUsable(flags: number): boolean {
  return (flags & RTF_UP) !== 0 && (flags & RTF_REJECT) === 0;
}

function flagsOf(text: string | undefined): number {
  return /^[0-9a-f]{1,8}$/i.test(text ?? "") ? Number.parseInt(text ?? "", 16) : 0;
}

function address4(text: string | undefined): ipaddr.IPv4 | null {
  if (!/^[0-9a-f]{8}$/i.test(text ?? "")) return null;
  return new ipaddr.IPv4([...Buffer.from(text ?? "", "hex")].toReversed());
}

function address6(text: string | undefined): ipaddr.IPv6 | null {
  if (!/^[0-9a-f]{32}$/i.test(text ?? "")) return null;
  return new ipaddr.IPv6([...Buffer.from(text ?? "", "hex")]);
}
