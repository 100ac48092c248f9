/**
 * The networks that a lab can be, as data. Addresses towards the internet are public-looking, since miniupnpd
 * refuses to map on a reserved one; they are routed nowhere outside.
 */

/**
 * One host's end of a cable.
 * @typedef {object} End
 * @property {import("./namespaces.mjs").Place} place
 * @property {string} device name of the interface
 * @property {readonly string[]} addresses with prefix length
 */

/**
 * How bad a cable is: probabilities for one frame in one direction.
 * @typedef {object} Faults
 * @property {number} loss
 * @property {number} duplication
 * @property {number} reordering
 */

/**
 * Two ends are a cable; more are a switch with a cable to each. A router's end stands last: a cable whose near end
 * comes up first is dead for a second more.
 * @typedef {object} Segment
 * @property {readonly End[]} ends
 * @property {Faults} [faults] of a cable
 * @property {boolean} [softwire] whether it is an IPv4 tunnel through a cable of IPv6 alone
 */

/**
 * A host that forwards.
 * @typedef {object} RouterDescription
 * @property {string} lan device
 * @property {string} wan device
 * @property {string} clients network that it maps for
 * @property {string} provider next hop of its default route
 * @property {readonly string[]} wanAddresses the first is its own, the others are those it may get later
 * @property {boolean} [ipv6] whether it is a firewall for IPv6, too
 * @property {readonly { address: string, own: string }[]} [anycast] what it answers to beside its own addresses on the LAN
 * @property {string} [privateWan] address that it gets as soon as its daemon runs, which would not map with it
 * @property {readonly string[]} [daemon] further lines for miniupnpd.conf
 */

/**
 * @typedef {object} Topology
 * @property {readonly Segment[]} segments
 * @property {Readonly<Record<string, readonly string[]>>} routes for `ip route add`, by place
 * @property {Readonly<Record<string, readonly string[]>>} [rules] for `ip rule add`, by place
 * @property {Readonly<Record<string, readonly string[]>>} [settings] kernel settings for `sysctl`, by place
 * @property {Readonly<Record<string, RouterDescription>>} routers by place
 */

export const pcAddress = "192.168.77.10";
export const secondPcAddress = "192.168.77.11";
export const gatewayAddress = "192.168.77.1";
/** The host of the internet, and the router's next hop. */
export const providerAddress = "52.3.4.1";
export const providerAddress6 = "2a01:52:34:1::1";

/** Of the home with IPv6: what the provider delegated, and the PC's stable address in it. */
export const prefix6 = "2a01:52:34:77::/64";
export const pcAddress6 = "2a01:52:34:77::10";
export const secondPcAddress6 = "2a01:52:34:77::11";
export const gatewayAddress6 = "2a01:52:34:77::1";
/** The gateway as the PC's default route names it. */
export const gatewayLinkLocal = "fe80::1";

/** @type {RouterDescription} */
export const gateway = {
  lan: "lan",
  wan: "wan",
  clients: "192.168.77.0/24",
  provider: providerAddress,
  wanAddresses: ["52.3.4.5", "52.3.4.6", "52.3.4.7"],
};

/**
 * `pc` behind the router `gw`, and `net`, where visitors come from.
 * @param {{ ipv6?: boolean, pc2?: boolean, faults?: Faults }} [options] `ipv6` gives everybody addresses of both kinds, and the PC
 * a temporary one beside the stable one; `pc2` is a second PC on the LAN; `faults` are those of the PC's cable
 * @returns {Topology}
 */
export function homeNetwork({ ipv6 = false, pc2 = false, faults } = {}) {
  /** @param {readonly string[]} addresses */
  const six = (...addresses) => (ipv6 ? addresses : []);
  const viaGateway = [`default via ${gatewayAddress}`];
  const routes = [...viaGateway, ...six(`default via ${gatewayLinkLocal} dev eth0`)];
  /** @type {End[]} */
  const secondPc = [
    {
      place: "pc2",
      device: "eth0",
      addresses: [`${secondPcAddress}/24`, ...six(`${secondPcAddress6}/64`)],
    },
  ];
  return {
    segments: [
      {
        ends: [
          {
            place: "pc",
            device: "eth0",
            addresses: [`${pcAddress}/24`, ...six(`${pcAddress6}/64 mngtmpaddr`)],
          },
          ...(pc2 ? secondPc : []),
          {
            place: "gw",
            device: "lan",
            addresses: [
              `${gatewayAddress}/24`,
              ...six(`${gatewayAddress6}/64`, `${gatewayLinkLocal}/64`),
            ],
          },
        ],
        ...(faults ? { faults } : {}),
      },
      {
        ends: [
          {
            place: "net",
            device: "eth0",
            addresses: [`${providerAddress}/24`, ...six(`${providerAddress6}/64`)],
          },
          {
            place: "gw",
            device: "wan",
            addresses: [`${gateway.wanAddresses[0]}/24`, ...six("2a01:52:34:1::5/64")],
          },
        ],
      },
    ],
    routes: {
      pc: routes,
      ...(pc2 ? { pc2: routes } : {}),
      gw: [`default via ${providerAddress}`, ...six(`default via ${providerAddress6}`)],
      net: six(`${prefix6} via 2a01:52:34:1::5`),
    },
    settings: ipv6 ? { pc: ["net/ipv6/conf/default/use_tempaddr=2"] } : {},
    routers: { gw: { ...gateway, ipv6 } },
  };
}
