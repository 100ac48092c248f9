/** PCP servers in what DHCP clients write down of their leases (RFC 7291). Pure; malformed parts are left out. */
import ipaddr from "ipaddr.js";

/** One lease that names servers. */
export interface DhcpLease {
  readonly family: 4 | 6;
  /** Our address under it: what is not ours any more is a lease of some other time or network. */
  readonly address: string;
  /** Of each server the addresses, in the order told. */
  readonly servers: readonly (readonly string[])[];
}

/** Servers and addresses beyond these are not looked at. */
const MOST_SERVERS = 4;
const MOST_ADDRESSES = 4;

/** Option 158: for each server the length of its list, then addresses of four bytes (RFC 7291 §4.1). */
export function decodePcpServers4(bytes: Uint8Array): string[][] {
  const servers: string[][] = [];
  let at = 0;
  while (at < bytes.length && servers.length < MOST_SERVERS) {
    const length = bytes[at] ?? 0;
    const list = bytes.subarray(at + 1, at + 1 + length);
    if (length === 0 || length % 4 !== 0 || list.length < length) return [];
    servers.push(addressesIn(list, 4));
    at += 1 + length;
  }
  return servers.filter((server) => server.length > 0);
}

/** Option 86: addresses of sixteen bytes of one server; several servers are several options (§3.1). */
export function decodePcpServer6(bytes: Uint8Array): string[] {
  return bytes.length % 16 === 0 ? addressesIn(bytes, 16) : [];
}

function addressesIn(bytes: Uint8Array, size: 4 | 16): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length && found.length < MOST_ADDRESSES; at += size) {
    const address = ipaddr.fromByteArray([...bytes.subarray(at, at + size)]);
    // Only what one host can have (§3.2, §4.2: no multicast, no loopback); IPv4-mapped ones are not for IPv6.
    const range = address.range();
    if (!["multicast", "loopback", "unspecified", "broadcast", "ipv4Mapped"].includes(range)) {
      found.push(address.toString());
    }
  }
  return found;
}

/**
 * ISC dhclient: blocks of `lease { … }` and `lease6 { … }`, the last of an interface being the one in force. An
 * option that it has no name for stands as `option unknown-158 4:c0:0:2:1;`.
 */
export function parseDhclientLeases(text: string): DhcpLease[] {
  const current = new Map<string, DhcpLease>();
  for (const block of text.split(/^(?=lease6?\s*\{)/m)) {
    const name = /^\s*interface\s+"([^"\n]{1,64})";/m.exec(block)?.[1];
    if (name === undefined) continue;
    const family = block.startsWith("lease6") ? 6 : 4;
    const address =
      family === 4
        ? /^\s*fixed-address\s+([\d.]+);/m.exec(block)?.[1]
        : /^\s*iaaddr\s+([0-9a-f:]+)\s*\{/im.exec(block)?.[1];
    if (address === undefined) continue;
    const servers = family === 4 ? dhclientServers4(block) : dhclientServers6(block);
    current.set(`${family} ${name}`, { family, address, servers });
  }
  return [...current.values()].filter(({ servers }) => servers.length > 0);
}

function dhclientServers4(block: string): string[][] {
  const value = /^\s*option\s+(?:unknown-158|v4-pcp-server)\s+([0-9a-f:]+);/im.exec(block)?.[1];
  const bytes = value === undefined ? null : bytesOf(value.split(":"));
  return bytes === null ? [] : decodePcpServers4(bytes);
}

function dhclientServers6(block: string): string[][] {
  return [...block.matchAll(/^\s*option\s+dhcp6\.(?:unknown-86|v6-pcp-server)\s+([0-9a-f:]+);/gim)]
    .slice(0, MOST_SERVERS)
    .map(([, value = ""]) => decodePcpServer6(bytesOf(value.split(":")) ?? new Uint8Array()))
    .filter((server) => server.length > 0);
}

/** From one- or two-digit hexadecimal figures; null unless all are such. */
function bytesOf(figures: readonly string[]): Uint8Array | null {
  if (figures.length > 255 || !figures.every((figure) => /^[0-9a-f]{1,2}$/i.test(figure))) {
    return null;
  }
  return Uint8Array.from(figures, (figure) => Number.parseInt(figure, 16));
}
