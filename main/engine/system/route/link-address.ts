/** The link-layer address of a neighbour, which tells one router from another of the same IP address. */

/** /proc/net/arp: address, hardware type, flags, hardware address, mask, device. IPv4 alone. */
export function linkFromLinux(text: string, address: string): string | null {
  for (const line of text.split("\n")) {
    const [ip, , flags, link] = line.trim().split(/\s+/);
    // ATF_COM: it has been resolved.
    if (ip === address && (Number.parseInt(flags ?? "", 16) & 2) !== 0) return normal(link);
  }
  return null;
}

/**
 * The line of `address` in what programs list of neighbours, whatever words are around: `arp -n <address>` and `ndp -an` of
 * macOS (`? (192.168.1.1) at a0:36:9f:1:22:33 on en0 …`, `fe80::1%en0 a0:36:9f:1:22:33 en0 …`), `arp -a <address>` and
 * `netsh interface ipv6 show neighbors` of Windows (`  192.168.1.1   a0-36-9f-01-22-33   dynamic`) and `ip -6 neigh` of
 * Linux (`fe80::1 dev eth0 lladdr a0:36:9f:01:22:33 router REACHABLE`).
 */
export function linkFromNeighbours(text: string, address: string): string | null {
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim().split(/\s+/);
    const at = words.findIndex((word) => word === address || word === `(${address})`);
    if (at === -1) continue;
    const found = words
      .slice(at + 1)
      .map(normal)
      .find((link) => link !== null);
    if (found !== undefined) return found;
  }
  return null;
}

/** How a system's program is asked for the IPv6 neighbour `address`, and how it names it. A zone tells the interface. */
export function neighbourQuestion(
  platform: "linux" | "darwin" | "win32",
  address: string,
): { readonly arguments: readonly string[]; readonly shownAs: string } {
  const [bare = "", zone = ""] = address.split("%", 2);
  const plain = /^\w[\w.:@-]{0,63}$/.test(zone) ? [zone] : [];
  switch (platform) {
    case "linux": {
      const device = plain.flatMap((name) => ["dev", name]);
      return { arguments: ["-6", "neigh", "show", "to", bare, ...device], shownAs: bare };
    }
    case "darwin":
      return { arguments: ["-an"], shownAs: address };
    case "win32": {
      const index = plain.map((name) => `interface=${name}`);
      return { arguments: ["interface", "ipv6", "show", "neighbors", ...index], shownAs: bare };
    }
  }
}

/** Lower case, two figures each, colons; null for what is none, or names nobody. */
function normal(text: string | undefined): string | null {
  const parts = (text ?? "").toLowerCase().split(/[:-]/);
  if (parts.length !== 6 || !parts.every((part) => /^[0-9a-f]{1,2}$/.test(part))) return null;
  const link = parts.map((part) => part.padStart(2, "0")).join(":");
  return /^(?:00:){5}00$|^(?:ff:){5}ff$/.test(link) ? null : link;
}
