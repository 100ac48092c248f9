import { describe, expect, test } from "vitest";
import type { InterfaceKind } from "../../../shared/network-interface.ts";
import type { DefaultRoute, LocalAddress, PcpServerOption } from "../environment.ts";
import {
  candidates4,
  candidates6,
  interface6,
  isOnSystemsWay,
  type WaysOut,
} from "./candidates.ts";

const route = (
  name: string,
  gateway: string | null,
  kind: InterfaceKind = "ethernet",
): DefaultRoute => ({
  family: gateway?.includes(":") === true ? 6 : 4,
  interface: name,
  gateway,
  kind,
});
const tunnel6: DefaultRoute = { family: 6, interface: "wg0", gateway: null, kind: "vpn" };
const local = (name: string, address: string): LocalAddress => ({
  interface: name,
  family: 4,
  address,
  prefixLength: 24,
});
const locals = [
  local("eth0", "10.9.9.9"),
  local("eth0", "192.168.77.10"),
  local("wlan0", "192.168.1.23"),
  local("tun0", "10.8.0.2"),
];
const ways = (routes: readonly DefaultRoute[], chosen: string | null = null): WaysOut => ({
  routes,
  locals,
  pcpServers: [],
  chosen,
});
const home = route("eth0", "192.168.77.1");
const wifi = route("wlan0", "192.168.1.1", "wifi");
const anycast = [
  { address: "192.0.0.9", protocols: ["pcp"] },
  { address: "192.0.0.1", protocols: ["pcp"] },
];

test("one network: its router, then who can be asked by PCP alone", () => {
  expect(candidates4([], ways([home])).first).toEqual([{ address: "192.168.77.1" }, ...anycast]);
});

test("offline: nobody", () => {
  expect(candidates4([], ways([])).first).toEqual([]);
  expect(candidates6([], ways([]), null).first).toEqual([]);
});

test("several networks: the system's order, each asked from its own address", () => {
  expect(candidates4([], ways([wifi, home])).first).toEqual([
    { address: "192.168.1.1" },
    { address: "192.168.77.1", localAddress: "192.168.77.10" },
    ...anycast,
  ]);
});

test.each([
  ["a tunnel without a gateway", route("tun0", null, "vpn")],
  ["a tunnel with one", route("tun0", "10.8.0.1", "vpn")],
])(
  "%s is preferred: the router of the network below, and nothing into the tunnel",
  (_name, vpn) => {
    expect(candidates4([], ways([vpn, home])).first).toEqual([
      { address: "192.168.77.1", localAddress: "192.168.77.10" },
    ]);
  },
);

test("a tunnel alone: its own gateway is asked (ProtonVPN), by no anycast", () => {
  expect(candidates4([], ways([route("tun0", "10.8.0.1", "vpn")])).first).toEqual([
    { address: "10.8.0.1" },
  ]);
});

test("machines inside this PC come after the network", () => {
  const virtual = route("docker0", "172.17.0.1", "virtual");
  expect(candidates4([], ways([virtual, wifi])).first.map(({ address }) => address)).toEqual([
    "192.168.1.1",
    "172.17.0.1",
  ]);
  // A Hyper-V switch may carry the PC's only network.
  expect(candidates4([], ways([virtual])).first[0]?.address).toBe("172.17.0.1");
});

test.each<[string, readonly DefaultRoute[], string, boolean]>([
  ["the router of the first route", [home, wifi], "192.168.77.1", true],
  ["the router of another", [home, wifi], "192.168.1.1", false],
  ["another router of the same network", [home], "192.168.77.2", false],
  ["the router beside a tunnel", [route("tun0", null, "vpn"), home], "192.168.77.1", false],
  ["a server beyond the link", [home], "192.0.0.9", true],
  ["none, offline", [], "192.168.77.1", false],
])("the system's own way leads through %s: %j, %s, %s", (_, routes, address, leads) => {
  expect(isOnSystemsWay(ways(routes), address)).toBe(leads);
});

test("the user's choice of an interface is kept to", () => {
  const vpn = route("tun0", "10.8.0.1", "vpn");
  expect(candidates4([], ways([home, wifi, vpn], "wlan0")).first).toEqual([
    { address: "192.168.1.1", localAddress: "192.168.1.23" },
  ]);
  expect(candidates4([], ways([home, wifi, vpn], "tun0")).first).toEqual([
    { address: "10.8.0.1", localAddress: "10.8.0.2" },
  ]);
  expect(candidates4([], ways([home], "wlan0")).first).toEqual([]);
});

test("a gateway named by hand is the only one of its family", () => {
  const six = route("eth0", "fe80::1%eth0");
  const both = ways([home, six]);
  expect(candidates4(["192.168.77.254"], both).first).toEqual([{ address: "192.168.77.254" }]);
  expect(candidates6(["192.168.77.254"], both, "2001:db8::5").first[0]?.address).toBe(
    "fe80::1%eth0",
  );
  expect(candidates6(["2001:db8::1"], both, "2001:db8::5").first).toEqual([
    { address: "2001:db8::1", localAddress: "2001:db8::5" },
  ]);
  expect(candidates4(["2001:db8::1"], both).first[0]?.address).toBe("192.168.77.1");
});

test("several named by hand are a server each, of its family", () => {
  const both = ways([home, route("eth0", "fe80::1%eth0")]);
  const byHand = ["192.168.77.1", "2001:db8::1", "192.168.77.2", "2001:db8::2"];
  expect(candidates4(byHand, both)).toEqual({
    first: [{ address: "192.168.77.1" }],
    further: [[{ address: "192.168.77.2" }]],
  });
  expect(candidates6(byHand, both, "2001:db8::5").further).toEqual([
    [{ address: "2001:db8::2", localAddress: "2001:db8::5" }],
  ]);
});

test("a gateway on this PC (the demo network) leaves the real router alone", () => {
  const both = ways([home, route("eth0", "fe80::1%eth0")]);
  expect(candidates6(["127.5.3.1"], both, "2001:db8::5").first).toEqual([]);
});

test("IPv6: from the address that is opened; the router by PCP and UPnP, anycast by PCP", () => {
  const six = route("eth0", "fe80::1%eth0");
  expect(interface6([], ways([home, six]))).toBe("eth0");
  expect(candidates6([], ways([home, six]), "2001:db8::5").first).toEqual([
    { address: "fe80::1%eth0", localAddress: "2001:db8::5", protocols: ["pcp", "upnp"] },
    { address: "2001:1::1", localAddress: "2001:db8::5", protocols: ["pcp"] },
  ]);
  expect(candidates6([], ways([home, six]), null).first).toEqual([]);
  expect(
    candidates6([], ways([tunnel6, six]), "2001:db8::5").first.map(({ address }) => address),
  ).toEqual(["fe80::1%eth0"]);
});

describe("servers that DHCP named", () => {
  const named = (name: string, ...addresses: string[]): PcpServerOption => ({
    family: addresses[0]?.includes(":") === true ? 6 : 4,
    interface: name,
    addresses,
  });
  const asked = (way: WaysOut, ...pcpServers: PcpServerOption[]) =>
    candidates4([], { ...way, pcpServers }).first;

  test("go first, each of their addresses, by PCP alone", () => {
    const sameServer = ["10.0.0.1", "10.0.0.2"];
    expect(asked(ways([home]), named("eth0", "10.0.0.1", "10.0.0.2"))).toEqual([
      { address: "10.0.0.1", protocols: ["pcp"], sameServer },
      { address: "10.0.0.2", protocols: ["pcp"], sameServer },
      { address: "192.168.77.1" },
      ...anycast,
    ]);
  });

  test("the router itself may speak what it likes", () => {
    expect(asked(ways([home]), named("eth0", "192.168.77.1"))).toEqual([
      { address: "192.168.77.1" },
      ...anycast,
    ]);
  });

  test("not those of another network", () => {
    expect(asked(ways([home]), named("wlan0", "10.0.0.1"))).toEqual([
      { address: "192.168.77.1" },
      ...anycast,
    ]);
  });

  test("with a tunnel on, only those on the link, from our address there", () => {
    const way = ways([route("tun0", null, "vpn"), home]);
    expect(asked(way, named("eth0", "10.0.0.1"), named("eth0", "192.168.77.2"))).toEqual([
      { address: "192.168.77.2", protocols: ["pcp"], localAddress: "192.168.77.10" },
      { address: "192.168.77.1", localAddress: "192.168.77.10" },
    ]);
  });

  test("each further one is asked by its own addresses alone, and by nobody else's", () => {
    const pcpServers = [
      named("eth0", "10.0.0.1", "10.0.0.2"),
      // The same lease in another file, and the router itself.
      named("eth0", "10.0.0.1", "10.0.0.2"),
      named("eth0", "10.0.0.2", "10.0.1.1", "192.168.77.1"),
    ];
    expect(candidates4([], { ...ways([home]), pcpServers })).toMatchObject({
      first: [
        { address: "10.0.0.1", protocols: ["pcp"] },
        { address: "10.0.0.2", protocols: ["pcp"] },
        ...anycast,
      ],
      further: [
        [
          { address: "10.0.1.1", protocols: ["pcp"] },
          // The router may speak what it likes.
          { address: "192.168.77.1", sameServer: ["10.0.1.1", "192.168.77.1"] },
        ],
      ],
    });
  });

  test("no more than four", () => {
    const pcpServers = [1, 2, 3, 4, 5].map((number) => named("eth0", `10.0.0.${number}`));
    expect(candidates4([], { ...ways([home]), pcpServers }).further).toHaveLength(3);
  });

  test("IPv6", () => {
    const way = ways([route("eth0", "fe80::1%eth0")]);
    const pcpServers = [named("eth0", "2001:db8::53"), named("eth0", "10.0.0.1")];
    expect(candidates6([], { ...way, pcpServers }, "2001:db8::5").first[0]).toEqual({
      address: "2001:db8::53",
      localAddress: "2001:db8::5",
      protocols: ["pcp"],
    });
  });
});
