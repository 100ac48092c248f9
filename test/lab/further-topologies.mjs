/** Networks with more than one router between the PC and the internet, or beside each other. */
import { gateway, gatewayAddress, pcAddress, providerAddress } from "./topology.mjs";

/** @typedef {import("./topology.mjs").Topology} Topology */

export const secondGatewayAddress = "192.168.77.2";
/** Of a PC with two connections: its address on the second one, and the router there. */
export const secondAddress = "192.168.88.10";
export const secondRouterAddress = "192.168.88.1";
/** The outer router of a double NAT, where none would guess it, and the inner one's address towards it. */
export const upperAddress = "192.168.1.138";
export const privateWanAddress = "192.168.1.2";
/** The same, where the provider took addresses that are somebody's. */
const squattingAddress = "52.9.9.1";
export const squattedAddress = "52.9.9.9";

const pcEnd = { place: "pc", device: "eth0", addresses: [`${pcAddress}/24`] };
const internet = { place: "net", device: "eth0", addresses: [`${providerAddress}/24`] };
const wanAddress = `${gateway.wanAddresses[0]}/24`;
const viaGateway = `default via ${gatewayAddress}`;
const viaProvider = `default via ${providerAddress}`;

/**
 * Two providers, each with a router on the LAN: `gw`, which the PC prefers, and `gw2`.
 * @type {Topology}
 */
export const twoGateways = {
  segments: [
    {
      ends: [
        pcEnd,
        { place: "gw", device: "lan", addresses: [`${gatewayAddress}/24`] },
        { place: "gw2", device: "lan", addresses: [`${secondGatewayAddress}/24`] },
      ],
    },
    { ends: [internet, { place: "gw", device: "wan", addresses: [wanAddress] }] },
    {
      ends: [
        { place: "net", device: "eth1", addresses: ["52.3.8.1/24"] },
        { place: "gw2", device: "wan", addresses: ["52.3.8.5/24"] },
      ],
    },
  ],
  routes: {
    pc: [`${viaGateway} metric 100`, `default via ${secondGatewayAddress} metric 200`],
    gw: [viaProvider],
    gw2: ["default via 52.3.8.1"],
  },
  routers: {
    gw: gateway,
    gw2: { ...gateway, provider: "52.3.8.1", wanAddresses: ["52.3.8.5"] },
  },
};

/**
 * A router behind a router: pc – `gw` – `upper` – net.
 * @type {Topology}
 */
export const doubleNat = {
  segments: [
    { ends: [pcEnd, { place: "gw", device: "lan", addresses: [`${gatewayAddress}/24`] }] },
    {
      ends: [
        { place: "gw", device: "wan", addresses: ["52.9.9.9/24"] },
        { place: "upper", device: "lan", addresses: [`${upperAddress}/24`] },
      ],
    },
    { ends: [internet, { place: "upper", device: "wan", addresses: [wanAddress] }] },
  ],
  routes: { pc: [viaGateway], upper: [viaProvider] },
  routers: {
    upper: { ...gateway, clients: "192.168.1.0/24" },
    gw: {
      ...gateway,
      provider: upperAddress,
      wanAddresses: ["52.9.9.9"],
      privateWan: privateWanAddress,
    },
  },
};

/**
 * A router behind a provider who squats on public addresses: pc – `gw` – `upper` – net. Nothing in the address of `gw`
 * tells. `upper` translates by `squattersRules`: miniupnpd would refuse such a network.
 * @type {Topology}
 */
export const squattedNat = {
  segments: [
    { ends: [pcEnd, { place: "gw", device: "lan", addresses: [`${gatewayAddress}/24`] }] },
    {
      ends: [
        { place: "gw", device: "wan", addresses: [`${squattedAddress}/24`] },
        { place: "upper", device: "lan", addresses: [`${squattingAddress}/24`] },
      ],
    },
    { ends: [internet, { place: "upper", device: "wan", addresses: [wanAddress] }] },
  ],
  routes: { pc: [viaGateway], gw: [`default via ${squattingAddress}`], upper: [viaProvider] },
  settings: { upper: ["net/ipv4/ip_forward=1"] },
  routers: { gw: { ...gateway, provider: squattingAddress, wanAddresses: [squattedAddress] } },
};

/** For nft: the provider translates, or routes the addresses to the internet and back. */
export const squattersRules = {
  translate: `table ip provider {
    chain nat { type nat hook postrouting priority 100; oifname "wan" masquerade; }
  }`,
  route: "delete table ip provider",
};

/**
 * Two providers, each with a router on a network of its own: `gw`, which the PC prefers, and `gw2`. What the PC answers
 * leaves by the network it was asked on, as on systems that bind addresses to their interfaces.
 * @type {Topology}
 */
export const twoConnections = {
  ...twoGateways,
  segments: [
    { ends: [pcEnd, { place: "gw", device: "lan", addresses: [`${gatewayAddress}/24`] }] },
    {
      ends: [
        { place: "pc", device: "eth1", addresses: [`${secondAddress}/24`] },
        { place: "gw2", device: "lan", addresses: [`${secondRouterAddress}/24`] },
      ],
    },
    ...twoGateways.segments.slice(1),
  ],
  routes: {
    ...twoGateways.routes,
    pc: [
      `${viaGateway} metric 100`,
      `default via ${secondRouterAddress} metric 200`,
      `${viaGateway} table 77`,
      `default via ${secondRouterAddress} table 88`,
    ],
  },
  rules: { pc: [`from ${pcAddress} lookup 77`, `from ${secondAddress} lookup 88`] },
  routers: {
    gw: gateway,
    gw2: {
      ...gateway,
      clients: "192.168.88.0/24",
      provider: "52.3.8.1",
      wanAddresses: ["52.3.8.5"],
    },
  },
};
