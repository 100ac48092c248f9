/** A provider that shares its addresses (RFC 7393 §3.1, Figure 2): pc – `cpe` – `aftr` – net. */
import {
  gateway,
  gatewayAddress,
  gatewayAddress6,
  gatewayLinkLocal,
  pcAddress,
  pcAddress6,
  prefix6,
  providerAddress,
  providerAddress6,
} from "./topology.mjs";

/** @typedef {import("./topology.mjs").Topology} Topology */

/** RFC 6333 §5.7 and §6.6: the ends of a DS-Lite tunnel. */
export const aftrAddress = "192.0.0.1";
export const b4Address = "192.0.0.2";
/** Where a server stands that nobody knows who is not told of it. */
export const hiddenAddress = "192.168.200.1";
export const hiddenAddress6 = "2a01:52:34:2::1";
/** RFC 7723 §3: whoever is the PCP server. */
export const anycastAddress = "192.0.0.9";
export const anycastAddress6 = "2001:1::1";

/**
 * The CPE translates nothing and knows no PCP, as the provider's AFTR does it for everybody. Between the two is a
 * softwire, IPv4 in IPv6, made by a program where the kernel has none; with `ipv6` it is a cable for both.
 * @param {{ anycast?: boolean, hidden?: boolean, ipv6?: boolean }} [options] with `anycast` the AFTR answers to those
 * addresses, too; `hidden` gives it another address than the RFC's; with `ipv6` it is the home's firewall as well
 * @returns {Topology}
 */
export const dsLite = ({ anycast = true, hidden = false, ipv6 = false } = {}) => {
  const [own, b4] = hidden ? [hiddenAddress, "192.168.200.2"] : [aftrAddress, b4Address];
  /** @param {readonly string[]} words */
  const six = (...words) => (ipv6 ? words : []);
  const aliases = [
    { address: anycastAddress, own },
    ...(ipv6 ? [{ address: anycastAddress6, own: hiddenAddress6 }] : []),
  ];
  return {
    segments: [
      {
        ends: [
          {
            place: "pc",
            device: "eth0",
            addresses: [`${pcAddress}/24`, ...six(`${pcAddress6}/64`)],
          },
          {
            place: "cpe",
            device: "lan",
            addresses: [
              `${gatewayAddress}/24`,
              ...six(`${gatewayAddress6}/64`, `${gatewayLinkLocal}/64`),
            ],
          },
        ],
      },
      {
        softwire: !ipv6,
        ends: [
          {
            place: "cpe",
            device: "softwire",
            addresses: [`${b4}/29`, ...six("2a01:52:34:2::2/64")],
          },
          // So wide that miniupnpd, which serves its own network alone, serves the PC. Routes keep it narrow.
          {
            place: "aftr",
            device: "softwire",
            addresses: [`${own}/8`, ...six(`${hiddenAddress6}/64`)],
          },
        ],
      },
      {
        ends: [
          {
            place: "net",
            device: "eth0",
            addresses: [`${providerAddress}/24`, ...six(`${providerAddress6}/64`)],
          },
          {
            place: "aftr",
            device: "wan",
            addresses: [`${gateway.wanAddresses[0]}/24`, ...six("2a01:52:34:1::5/64")],
          },
        ],
      },
    ],
    routes: {
      pc: [`default via ${gatewayAddress}`, ...six(`default via ${gatewayLinkLocal} dev eth0`)],
      cpe: [`default via ${own}`, ...six(`default via ${hiddenAddress6}`)],
      aftr: [
        `default via ${providerAddress}`,
        `192.168.77.0/24 via ${b4}`,
        ...six(`default via ${providerAddress6}`, `${prefix6} via 2a01:52:34:2::2`),
      ],
      net: six(`${prefix6} via 2a01:52:34:1::5`),
    },
    settings: { cpe: ["net/ipv4/ip_forward=1", "net/ipv6/conf/all/forwarding=1"] },
    routers: {
      aftr: {
        ...gateway,
        lan: "softwire",
        ipv6,
        ...(anycast ? { anycast: aliases } : {}),
        daemon: ["pcp_allow_thirdparty=yes", `allow 1024-65535 ${b4}/32 1024-65535`],
      },
    },
  };
};
