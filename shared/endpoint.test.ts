import { describe, expect, it } from "vitest";
import {
  describeDetails,
  describeGateway,
  describeScope,
  describeState,
  endpointBy,
  exposeObstacle,
  exposureTitle,
  formatEndpoint,
  formatTimeLeft,
  isDemoNetwork,
  needsSecondYes,
  secondsLeft,
  serverName,
} from "./endpoint.ts";
import { problem } from "./problems.ts";
import type {
  Bind,
  Exposure,
  Gateway,
  RecognisedServer,
  ServerDetails,
  ServerProcess,
} from "./snapshot.ts";

const gateway: Gateway = {
  address: "192.168.1.1",
  protocols: ["pcp", "nat-pmp", "upnp"],
  externalAddress: "52.3.4.5",
  state: "answering",
};
const demo: Gateway = { ...gateway, address: "127.77.0.1", externalAddress: "127.77.0.2" };

const mapped: Exposure = {
  transport: "tcp",
  internalPort: 8080,
  state: "mapped",
  listening: true,
  protocol: "pcp",
  endpoint: { address: "52.3.4.5", port: 8080 },
  expiresAt: "2026-05-04T13:30:00.000Z",
  lifetime: 7200,
  error: null,
  finding: null,
};

const java: ServerProcess = { pid: 7, name: "java", commandLine: "java -jar server.jar" };

it.each([
  ["203.0.113.7", 80, "203.0.113.7:80"],
  ["2001:db8::1", 65535, "[2001:db8::1]:65535"],
])("formatEndpoint %s %i", (address, port, text) => {
  expect(formatEndpoint({ address, port })).toBe(text);
});

it.each([
  [{}, mapped.endpoint],
  [{ ipv6: true }, { address: "2001:db8::7", port: 8080 }],
  [{ gateway: "10.0.0.2" }, { address: "52.3.8.5", port: 8081 }],
  [{ gateway: "10.0.0.9" }, null],
])("endpointBy %j", (way, endpoint) => {
  const other = {
    ...mapped,
    gateway: "10.0.0.2",
    endpoint: { address: "52.3.8.5", port: 8081 },
  };
  const ipv6 = { ...other, endpoint: { address: "2001:db8::7", port: 8080 } };
  expect(endpointBy({ ...mapped, ipv6, further: [other] }, way)).toEqual(endpoint);
});

it.each([
  [0, "0:00"],
  [-5, "0:00"],
  [9.99, "0:09"],
  [59, "0:59"],
  [60, "1:00"],
  [3599, "59:59"],
  [3600, "1:00:00"],
  [7143, "1:59:03"],
  [604_800, "168:00:00"],
])("formatTimeLeft %d is %s", (seconds, text) => {
  expect(formatTimeLeft(seconds)).toBe(text);
});

it("counts seconds from absolute times, never below zero", () => {
  const at = (text: string) => Date.parse(text);
  expect(secondsLeft(mapped, at("2026-05-04T13:00:00Z"))).toBe(1800);
  expect(secondsLeft(mapped, at("2026-05-04T14:00:00Z"))).toBe(0);
  expect(secondsLeft({ expiresAt: null }, 0)).toBeNull();
});

describe("describeState", () => {
  it.each<[Partial<Exposure>, string]>([
    [{}, "Open on the router"],
    [{ listening: false }, "Open on the router, but no program listens yet"],
    [{ listening: false, finding: problem("double-nat") }, "Open on the router, but not reachable"],
    [{ listening: true, finding: problem("limited-ports") }, "Open on the router"],
    [{ finding: problem("address-differs") }, "Open on the router, but most likely not reachable"],
    [{ state: "mapping" }, "Asking the router…"],
    [{ state: "failed" }, "Not open"],
    [{ state: "withdrawing" }, "Closing…"],
  ])("%o", (part, words) => {
    expect(describeState({ ...mapped, ...part })).toBe(words);
  });

  it("never says that visitors get through: nobody tried from outside", () => {
    expect(describeState(mapped)).not.toMatch(/reachable$|online|works/i);
  });
});

const server: RecognisedServer = {
  transport: "tcp",
  port: 8080,
  addresses: ["0.0.0.0"],
  scope: "network",
  process: java,
  ephemeral: false,
  service: null,
  title: "Paper",
  warnings: [],
};

describe("names", () => {
  it("of programs are what really serves, then the process", () => {
    expect(serverName({ process: java })).toBe("java");
    const program = { kind: "java", name: "server.jar" } as const;
    expect(serverName({ process: { ...java, program } })).toBe("server.jar");
    expect(serverName({ process: null })).toBe("Unknown program");
  });

  it("of exposures are those of the server on the very transport and port", () => {
    const hidden = { ...server, process: null, title: "Unknown program" };
    expect(exposureTitle(mapped, [hidden, server])).toBe("Paper");
    expect(exposureTitle(mapped, [{ ...server, transport: "udp" }])).toBe("Port 8080");
    expect(exposureTitle(mapped, [{ ...server, port: 8081 }])).toBe("Port 8080");
    expect(exposureTitle(mapped, [hidden])).toBe("Port 8080");
  });

  it("of exposures are those of a service whose program is hidden", () => {
    const service = {
      id: "ssh",
      name: "SSH",
      role: null,
      confidence: "low",
      evidence: [],
    } as const;
    expect(exposureTitle(mapped, [{ ...server, process: null, service, title: "SSH" }])).toBe(
      "SSH",
    );
  });
});

it.each<[ServerDetails, string | null]>([
  [
    { name: "My world", players: 3, maxPlayers: 20, version: "1.21.8" },
    "“My world” · 3 of 20 players · 1.21.8",
  ],
  [{ name: "Minecraft", players: null, maxPlayers: null, version: "1.21.8" }, "1.21.8"],
  [{ name: null, players: 0, maxPlayers: null, version: null }, "0 players"],
  [{ name: null, players: 1, maxPlayers: null, version: null }, "1 player"],
  [{ name: null, players: 1, maxPlayers: 1, version: null }, "1 of 1 players"],
  [{ name: null, players: null, maxPlayers: 20, version: "2" }, "2"],
  [{ name: null, players: null, maxPlayers: null, version: null }, null],
])("describeDetails of %o", (details, words) => {
  expect(describeDetails(details, "Minecraft")).toBe(words);
});

it.each([
  ["voice", 5, 42, "5 of 42 people"],
  ["voice-tcp", 1, null, "1 person"],
  ["game", 1, null, "1 player"],
])("describeDetails of a %s port: %s of %s", (role, players, maxPlayers, words) => {
  const details = { name: null, players, maxPlayers, version: null };
  expect(describeDetails(details, "Mumble", role)).toBe(words);
});

it("asks for a second yes only where a warning refuses", () => {
  expect(needsSecondYes({ warnings: [] })).toBe(false);
  expect(needsSecondYes({ warnings: ["open-to-strangers", "maps-itself"] })).toBe(false);
  expect(needsSecondYes({ warnings: ["open-to-strangers", "database"] })).toBe(true);
});

const bind = (kind: Bind["kind"], ...interfaces: string[]): Bind => ({ kind, interfaces });

it.each<[Bind | undefined, "network" | "loopback", string]>([
  [bind("all"), "network", "Your whole network"],
  [bind("interface", "eth0", "wlan0"), "network", "Devices on your network (eth0, wlan0)"],
  [bind("interface"), "network", "Devices on your network"],
  [bind("vpn", "wg0"), "network", "Only members of a VPN (wg0)"],
  [bind("link-local", "eth0"), "network", "Only one network segment (eth0)"],
  [bind("loopback"), "loopback", "Only this PC"],
  [undefined, "loopback", "Only this PC"],
  [undefined, "network", "Your whole network"],
])("describeScope of %o, %s", (bound, scope, words) => {
  expect(describeScope({ scope, ...(bound && { bind: bound }) })).toBe(words);
});

describe("exposeObstacle", () => {
  it("is nothing for a program that the network reaches", () => {
    expect(exposeObstacle({ scope: "network", bind: bind("all") }, [gateway])).toBeNull();
    expect(exposeObstacle({ scope: "network" }, [gateway])).toBeNull();
    expect(exposeObstacle({ scope: "network", bind: bind("vpn", "wg0") }, [gateway])).toBeNull();
  });

  it.each([[[gateway]], [[]]])("is loopback, with gateways %o", (gateways) => {
    expect(exposeObstacle({ scope: "loopback" }, gateways)).toMatch(/cannot reach it/);
    expect(exposeObstacle({ scope: "loopback", bind: bind("loopback") }, gateways)).toMatch(
      /0\.0\.0\.0/,
    );
  });

  it("is not loopback in the demo network, whose router is on this PC", () => {
    expect(exposeObstacle({ scope: "loopback", bind: bind("loopback") }, [demo])).toBeNull();
  });

  it("is a link-local address, in the demo network too", () => {
    const server = { scope: "network", bind: bind("link-local", "eth0") } as const;
    expect(exposeObstacle(server, [gateway])).toMatch(/link-local/);
    expect(exposeObstacle(server, [demo])).toMatch(/link-local/);
  });
});

it("knows the demo network by the first gateway alone", () => {
  expect(isDemoNetwork([demo, gateway])).toBe(true);
  expect(isDemoNetwork([gateway, demo])).toBe(false);
  expect(isDemoNetwork([{ address: "::1" }])).toBe(true);
  expect(isDemoNetwork([])).toBe(false);
});

it.each<[readonly Gateway[], number, string]>([
  [[], 0, "Looking for the router…"],
  [[], 1, "No router found. Check the network cable or Wi-Fi."],
  [[gateway], 1, "Router 192.168.1.1 · PCP, NAT-PMP, UPnP · internet address 52.3.4.5"],
  [[{ ...gateway, externalAddress: null, protocols: [] }], 1, "Router 192.168.1.1"],
  [[demo], 1, "Demo router 127.77.0.1 · PCP, NAT-PMP, UPnP · outside address 127.77.0.2"],
  [[{ ...gateway, state: "probing" }], 0, "Asking the router 192.168.1.1…"],
  [
    [{ ...gateway, state: "silent" }, demo],
    1,
    "The router 192.168.1.1 does not answer. Switch on PCP, NAT-PMP or UPnP in its settings.",
  ],
])("describeGateway of %o at revision %i", (gateways, revision, words) => {
  expect(describeGateway({ gateways, revision })).toBe(words);
});
