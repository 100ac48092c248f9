/** A router of the lab: packet filter, NAT and the miniupnpd configuration. */

/**
 * Mapping protocols the router speaks. miniupnpd always runs with all of them, as it watches its WAN address only
 * with UPnP and ties PCP to NAT-PMP; what the router shall not speak is stopped on its way in and out.
 * @typedef {"pcp" | "nat-pmp" | "upnp"} RouterProtocol
 */

/** @typedef {import("./topology.mjs").RouterDescription} RouterDescription */

const TABLE = "filter";
const NAT_CHAIN = "prerouting_miniupnpd";
const FORWARD_CHAIN = "miniupnpd";
const CHAINS = [FORWARD_CHAIN, NAT_CHAIN, "postrouting_miniupnpd"];

/**
 * nft commands for a router that lets out everything and lets in only what was mapped. What it does not let in
 * it rejects, so that a visitor without a mapping learns so at once.
 * @param {RouterDescription} router
 * @param {readonly RouterProtocol[]} protocols
 */
export function filterRules({ lan, wan, anycast = [] }, protocols) {
  const aliases = anycast.map(({ address, own }) => {
    const family = address.includes(":") ? "ip6" : "ip";
    return `${family} daddr ${address} dnat ${family} to ${own}`;
  });
  const mute = muteRules(protocols);
  return `table inet ${TABLE} {
    ${CHAINS.map((chain) => `chain ${chain} {}`).join("\n    ")}
    chain input {
      type filter hook input priority 0; policy accept;
      iifname "${wan}" ct state established,related accept
      iifname "${wan}" meta l4proto ipv6-icmp accept
      iifname "${wan}" meta l4proto tcp reject with tcp reset
      iifname "${wan}" reject
      ${mute.input.join("\n      ")}
    }
    chain output {
      type filter hook output priority 0; policy accept;
      ${mute.output.join("\n      ")}
    }
    chain forward {
      type filter hook forward priority 0; policy drop;
      ct state established,related accept
      iifname "${lan}" accept
      jump ${FORWARD_CHAIN}
      meta nfproto ipv6 meta l4proto tcp reject with tcp reset
      meta nfproto ipv6 reject
    }
    chain prerouting {
      type nat hook prerouting priority -100;
      ${aliases.join("\n      ")}
      jump ${NAT_CHAIN}
    }
    chain postrouting {
      type nat hook postrouting priority 100;
      jump postrouting_miniupnpd
      meta nfproto ipv4 oifname "${wan}" masquerade
    }
  }
`;
}

/**
 * What a router drops or rejects so that it seems never to have heard of the other protocols: silent to an unknown
 * version (its first byte: RFC 6887 §7, RFC 6886 §3; behind the 64 bits of the UDP header), a closed port where it
 * speaks no version.
 * @param {readonly RouterProtocol[]} protocols
 */
function muteRules(protocols) {
  /** @type {string[]} */
  const input = [];
  /** @type {string[]} */
  const output = [];
  for (const [protocol, version] of /** @type {const} */ ([
    ["nat-pmp", 0],
    ["pcp", 2],
  ])) {
    if (protocols.includes(protocol)) continue;
    input.push(`udp dport 5351 @th,64,8 ${version} drop`);
    output.push(`udp sport 5351 @th,64,8 ${version} drop`);
  }
  if (input.length === 2) input.splice(0, 2, "udp dport 5351 reject");
  if (!protocols.includes("upnp")) {
    input.push("udp dport 1900 drop", "tcp dport 5000 reject with tcp reset");
    output.push("udp dport 1900 drop");
  }
  return { input, output };
}

/** nft commands that forget every mapping. */
export const forgetRules = CHAINS.map((chain) => `flush chain inet ${TABLE} ${chain}`).join("\n");

/** Arguments of nft that print the mappings for `parseDnat`. */
export const listDnat = ["-j", "list", "chain", "inet", TABLE, NAT_CHAIN];
/** The same for `parsePinholes`. */
export const listPinholes = ["-j", "list", "chain", "inet", TABLE, FORWARD_CHAIN];

/**
 * @param {RouterDescription} router
 * @param {{ ipv4: string, ipv6: string }} leaseFiles
 * @param {readonly string[]} more further lines; a later line of a key wins
 */
export function daemonConfiguration({ lan, wan, clients, ipv6 = false }, leaseFiles, more) {
  return [
    `ext_ifname=${wan}`,
    ...(ipv6 ? [`ext_ifname6=${wan}`, `lease_file6=${leaseFiles.ipv6}`] : ["ipv6_disable=yes"]),
    `listening_ip=${lan}`,
    "enable_natpmp=yes",
    "enable_upnp=yes",
    "http_port=5000",
    "min_lifetime=120",
    "max_lifetime=86400",
    // It cannot be unsaid by a later line.
    ...(more.includes("secure_mode=no") ? [] : ["secure_mode=yes"]),
    `lease_file=${leaseFiles.ipv4}`,
    `upnp_table_name=${TABLE}`,
    `upnp_forward_chain=${FORWARD_CHAIN}`,
    `upnp_nat_chain=${NAT_CHAIN}`,
    "upnp_nat_postrouting_chain=postrouting_miniupnpd",
    "notify_interval=30",
    "uuid=6d1f9a52-3c1c-4a5e-9a0e-0f1b2c3d4e5f",
    ...more,
    `allow 1024-65535 ${clients} 1024-65535`,
    "deny 0-65535 0.0.0.0/0 0-65535",
    "",
  ].join("\n");
}
