/** The engine where several PCP servers are named, each by one address or several (RFC 7488). */
import { expect, test } from "vitest";
import { serverOn } from "../../test/fixtures/servers.ts";
import { running, simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { severalDoors, simulatedTransport } from "../../test/gateway/transports.ts";
import type { PcpServerOption } from "./environment.ts";

const ROUTER = "192.0.2.1";
const FIRST = ["198.51.100.1", "198.51.100.2"] as const;
const SECOND = ["203.0.113.1", "203.0.113.2"] as const;
const MINUTE = 60_000;
/** NOT_AUTHORIZED (RFC 6887 §7.4). */
const NOT_AUTHORIZED = 2;

const page = serverOn("tcp/8080", null);

const named = (...addresses: string[]): PcpServerOption => ({
  family: 4,
  interface: "eth0",
  addresses,
});

/** A PC whose DHCP names two servers of two addresses; who stands there is for the test to say. */
function world({ gateway, listens = "0.0.0.0" }: { gateway?: string; listens?: string } = {}) {
  const pc = simulatedPc();
  const { clock, network } = pc;
  network.dhcpPcpServers = [named(...FIRST), named(...SECOND)];
  const stand = (address: string, externalAddress: string): FakePcpGateway =>
    new FakePcpGateway({
      clock,
      transport: simulatedTransport(network, { address, port: 5351 }),
      externalAddress,
    });
  const create = () =>
    pc.engine({
      createMappers: pc.pcpAlone,
      servers: running([{ ...page, addresses: [listens] }]),
      ...(gateway === undefined ? {} : { gateway }),
    });
  return { ...pc, stand, create };
}

function expose(engine: ReturnType<ReturnType<typeof world>["create"]>): void {
  engine.execute("expose", { transport: "tcp", internalPort: 8080, externalPort: null });
}

/** One that does not answer, and hears what it is asked. */
function hang(server: FakePcpGateway, hangs = true): void {
  server.script.silent = hangs;
}

test("a mapping is made with each, and each endpoint is told", async () => {
  const { clock, stand, create } = world();
  const first = stand(FIRST[0], "52.3.4.5");
  const second = stand(SECOND[0], "52.3.8.5");
  const router = stand(ROUTER, "52.3.9.9");
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(1000);
  expect(engine.snapshot).toMatchObject({
    gateways: [
      { address: FIRST[0], state: "answering" },
      { address: SECOND[0], state: "answering", way: "further" },
    ],
    exposures: [
      {
        state: "mapped",
        endpoint: { address: "52.3.4.5", port: 8080 },
        error: null,
        further: [
          {
            state: "mapped",
            gateway: SECOND[0],
            protocol: "pcp",
            endpoint: { address: "52.3.8.5", port: 8080 },
          },
        ],
      },
    ],
  });
  // Another nonce for each (RFC 6887 §11.2).
  const nonces = [first, second].map(({ maps }) => {
    const body = maps[0]?.request?.body;
    return body?.opcode === "map" ? Buffer.from(body.nonce).toString("hex") : null;
  });
  expect(nonces[0]).not.toBe(nonces[1]);
  expect(router.received).toEqual([]);
  await engine.stop({ release: false });
});

test("a further one that answers sooner is not the endpoint for that moment", async () => {
  const { clock, stand, create } = world();
  const first = stand(FIRST[0], "52.3.4.5");
  first.script.delay = 100;
  stand(SECOND[0], "52.3.8.5");
  const engine = create();
  const told = new Set<string>();
  engine.subscribe(({ exposures }) => {
    for (const { endpoint } of exposures) if (endpoint !== null) told.add(endpoint.address);
  });
  await engine.start();
  expose(engine);
  await clock.advance(5000);
  first.reboot();
  await clock.advance(60_000);
  expect([...told]).toEqual(["52.3.4.5"]);
  await engine.stop({ release: false });
});

test("both are asked at once, also where the first is silent", async () => {
  const { clock, stand, create } = world();
  hang(stand(FIRST[0], "52.3.4.5"));
  hang(stand(FIRST[1], "52.3.4.5"));
  hang(stand(ROUTER, "52.3.9.9"));
  stand(SECOND[0], "52.3.8.5");
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(300);
  expect(engine.snapshot.exposures).toMatchObject([
    { state: "mapping", endpoint: null, further: [{ state: "mapped" }] },
  ]);
  // As soon as the silence of the first is told, the other one is where visitors come.
  await clock.advance(4000);
  expect(engine.snapshot.exposures).toMatchObject([
    { state: "mapped", endpoint: { address: "52.3.8.5" }, error: { code: "no-response" } },
  ]);
  await engine.stop({ release: false });
});

test.each([
  ["silent", 1500],
  ["refused by ICMP", 100],
])("where the first address is %s the next of the same server serves", async (how, within) => {
  const { clock, stand, create } = world();
  stand(FIRST[0], "52.3.4.5");
  // What nobody stands at is refused.
  const dead = how === "silent" ? stand(SECOND[0], "52.3.8.5") : null;
  if (dead !== null) hang(dead);
  const alive = stand(SECOND[1], "52.3.8.5");
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(within);
  expect(engine.snapshot.exposures).toMatchObject([
    { endpoint: { address: "52.3.4.5" }, further: [{ state: "mapped", gateway: SECOND[1] }] },
  ]);
  // It comes back: the address that answered is kept to (§3).
  if (dead !== null) hang(dead, false);
  const back = dead ?? stand(SECOND[0], "52.3.8.5");
  await clock.advance(3 * 60 * MINUTE);
  expect(back.maps).toEqual([]);
  expect(engine.snapshot.exposures).toMatchObject([{ further: [{ gateway: SECOND[1] }] }]);
  // Until it does not answer any more: then the list is begun anew.
  hang(alive);
  await clock.advance(2 * MINUTE);
  expect(engine.snapshot.exposures).toMatchObject([
    { further: [{ state: "mapped", gateway: SECOND[0] }] },
  ]);
  expect(back.server.mappings).toHaveLength(1);
  await engine.stop({ release: false });
});

test("where the address in use refuses a request (ICMP), the next is asked at once", async () => {
  const { clock, stand, create } = world();
  stand(FIRST[0], "52.3.4.5");
  const closing = stand(SECOND[0], "52.3.8.5");
  stand(SECOND[1], "52.3.8.5");
  const engine = create();
  await engine.start();
  await clock.advance(1000);
  await closing.close();
  expose(engine);
  await clock.advance(1000);
  expect(engine.snapshot.exposures).toMatchObject([
    { state: "mapped", further: [{ state: "mapped", gateway: SECOND[1], error: null }] },
  ]);
  await engine.stop({ release: false });
});

test("one server by another of its addresses is asked with the same nonce, and withdrawn from there", async () => {
  const { clock, network, stand, create } = world();
  stand(FIRST[0], "52.3.4.5");
  // One and the same at both addresses.
  const doors = SECOND.map((address) => simulatedTransport(network, { address, port: 5351 }));
  const server = new FakePcpGateway({
    clock,
    transport: severalDoors(doors),
    externalAddress: "52.3.8.5",
  });
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(1000);
  expect(engine.snapshot.exposures).toMatchObject([{ further: [{ gateway: SECOND[0] }] }]);
  // From now on the second alone is open.
  hang(stand(SECOND[0], "52.3.8.5"));
  await clock.advance(2 * MINUTE);
  expect(engine.snapshot.exposures).toMatchObject([
    { further: [{ state: "mapped", gateway: SECOND[1], error: null }] },
  ]);
  expect(server.server.mappings).toHaveLength(1);
  engine.execute("withdraw", { transport: "tcp", internalPort: 8080 });
  await clock.advance(1000);
  expect(server.server.mappings).toEqual([]);
  expect(engine.snapshot.exposures).toEqual([]);
  await engine.stop({ release: false });
});

test("that a further one has another address stands in the history", async () => {
  const { clock, network, stand, create } = world();
  stand(FIRST[0], "52.3.4.5");
  const second = stand(SECOND[0], "52.3.8.5");
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(20_000);
  second.server.externalAddress = "52.3.8.6";
  second.reboot();
  const group = { address: "224.0.0.1", port: 5350 };
  network.sendToGroup(second.announcement(), group, second.address);
  await clock.advance(6000);
  expect(engine.snapshot.changes).toMatchObject([
    { what: "external-address", before: "52.3.8.5", after: "52.3.8.6", signal: "announcement" },
  ]);
  await engine.stop({ release: false });
});

test("one that refuses says so beside the other, and fails nothing", async () => {
  const { clock, stand, create } = world();
  stand(FIRST[0], "52.3.4.5");
  stand(SECOND[0], "52.3.8.5").script.refuses = NOT_AUTHORIZED;
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(5000);
  expect(engine.snapshot.exposures).toMatchObject([
    {
      state: "mapped",
      endpoint: { address: "52.3.4.5" },
      error: null,
      further: [{ state: "failed", endpoint: null, error: { code: "not-authorized" } }],
    },
  ]);
  await engine.stop({ release: false });
});

test("one that falls silent and forgets is opened again when it is back", async () => {
  const { clock, stand, create } = world();
  stand(FIRST[0], "52.3.4.5");
  const second = stand(SECOND[0], "52.3.8.5");
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(5 * MINUTE);
  hang(second);
  await clock.advance(5 * MINUTE);
  expect(engine.snapshot).toMatchObject({
    gateways: [{ state: "answering" }, { address: SECOND[0], state: "silent" }],
    exposures: [{ state: "mapped", endpoint: { address: "52.3.4.5" }, error: null }],
  });
  second.reboot();
  hang(second, false);
  await clock.advance(10 * MINUTE);
  expect(second.server.mappings).toHaveLength(1);
  expect(engine.snapshot.exposures).toMatchObject([{ further: [{ state: "mapped" }] }]);
  await engine.stop({ release: false });
});

test("withdrawing closes it on both", async () => {
  const { clock, stand, create } = world();
  const servers = [stand(FIRST[0], "52.3.4.5"), stand(SECOND[0], "52.3.8.5")];
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(1000);
  expect(servers.map(({ server }) => server.mappings.length)).toEqual([1, 1]);
  engine.execute("withdraw", { transport: "tcp", internalPort: 8080 });
  await clock.advance(1000);
  expect(servers.map(({ server }) => server.mappings.length)).toEqual([0, 0]);
  expect(engine.snapshot.exposures).toEqual([]);
  await engine.stop({ release: false });
});

test("the next run goes on with both, also where they are named the other way round", async () => {
  const w = world();
  const { clock, network, stand, create } = w;
  const servers = [stand(FIRST[0], "52.3.4.5"), stand(SECOND[0], "52.3.8.5")];
  const before = create();
  await before.start();
  expose(before);
  await clock.advance(1000);
  await before.stop({ release: false });
  network.dhcpPcpServers = network.dhcpPcpServers.toReversed();
  const engine = create();
  await engine.start();
  await clock.advance(1000);
  expect(engine.snapshot.exposures).toMatchObject([
    { endpoint: { address: "52.3.8.5" }, further: [{ endpoint: { address: "52.3.4.5" } }] },
  ]);
  // With the nonce of the run before, else it would have been refused.
  expect(servers.map(({ server }) => server.mappings.length)).toEqual([1, 1]);
  const stopped = engine.stop({ release: true });
  await clock.advance(2000);
  await stopped;
  expect(servers.map(({ server }) => server.mappings.length)).toEqual([0, 0]);
});

test("a server that is named no more is closed, and its way is not shown any more", async () => {
  const { clock, network, stand, create } = world();
  stand(FIRST[0], "52.3.4.5");
  const second = stand(SECOND[0], "52.3.8.5");
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(1000);
  network.dhcpPcpServers = network.dhcpPcpServers.slice(0, 1);
  engine.wokeUp();
  await clock.advance(MINUTE);
  expect(second.server.mappings).toEqual([]);
  expect(engine.snapshot.gateways).toHaveLength(1);
  expect(engine.snapshot.exposures).toMatchObject([{ endpoint: { address: "52.3.4.5" } }]);
  expect(engine.snapshot.exposures[0]).not.toHaveProperty("further");
  engine.execute("withdraw", { transport: "tcp", internalPort: 8080 });
  await clock.advance(1000);
  expect(engine.snapshot.exposures).toEqual([]);
  await engine.stop({ release: false });
});

test("where the first server's address is private, the next one's public endpoint is told", async () => {
  const { clock, stand, create } = world();
  stand(FIRST[0], "10.0.0.7");
  stand(SECOND[0], "52.3.8.5");
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(10_000);
  expect(engine.snapshot.exposures).toMatchObject([
    { endpoint: { address: "52.3.8.5" }, finding: null },
  ]);
  await engine.stop({ release: false });
});

test("several named by hand are several servers, and no other is asked", async () => {
  const { clock, stand, create } = world({ gateway: "192.0.2.7, 192.0.2.8" });
  stand("192.0.2.7", "52.3.4.5");
  stand("192.0.2.8", "52.3.8.5");
  const others = [stand(ROUTER, "52.3.9.9"), stand(FIRST[0], "52.3.9.9")];
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(1000);
  expect(engine.snapshot.exposures).toMatchObject([
    { endpoint: { address: "52.3.4.5" }, further: [{ endpoint: { address: "52.3.8.5" } }] },
  ]);
  expect(others.flatMap(({ received }) => received)).toEqual([]);
  await engine.stop({ release: false });
});

test("a router before the router that is named too is asked as that alone", async () => {
  const { clock, stand, create } = world({ gateway: `${ROUTER}, 10.0.0.1` });
  stand(ROUTER, "10.0.0.7");
  const upper = stand("10.0.0.1", "52.3.4.9");
  // Ours translates what this PC sends there.
  upper.seesAs = "10.0.0.7";
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(MINUTE);
  expect(engine.snapshot.exposures).toMatchObject([
    { endpoint: { address: "52.3.4.9" }, upstream: { gateway: "10.0.0.1", state: "mapped" } },
  ]);
  expect(engine.snapshot.exposures[0]).not.toHaveProperty("further");
  expect(upper.server.mappings).toMatchObject([{ internal: { address: "10.0.0.7", port: 8080 } }]);
  engine.execute("withdraw", { transport: "tcp", internalPort: 8080 });
  await clock.advance(MINUTE);
  expect(upper.server.mappings).toEqual([]);
  expect(engine.snapshot.exposures).toEqual([]);
  await engine.stop({ release: false });
});

test("several ports are open on each together, and one server that lacks a number lacks them all", async () => {
  const { clock, stand, create } = world();
  const first = stand(FIRST[0], "52.3.4.5");
  const second = stand(SECOND[0], "52.3.8.5");
  second.occupy("udp", 8081);
  const engine = create();
  await engine.start();
  engine.execute("expose", {
    transport: "tcp",
    internalPort: 8080,
    externalPort: null,
    samePort: true,
    block: [{ transport: "udp", internalPort: 8081 }],
  });
  await clock.advance(10_000);
  expect(engine.snapshot.exposures).toMatchObject([
    { state: "mapped", further: [{ state: "failed", error: { code: "block-incomplete" } }] },
  ]);
  expect(first.server.mappings).toHaveLength(2);
  expect(second.server.mappings).toEqual([]);
  await engine.stop({ release: false });
});

test("who may connect holds on each, and one that cannot tell visitors apart stays closed", async () => {
  const { clock, stand, create } = world();
  const able = stand(FIRST[0], "52.3.4.5");
  able.knows.add("filter");
  const unable = stand(SECOND[0], "52.3.8.5");
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(1000);
  const sources = ["198.51.100.99"];
  engine.execute("setSources", { transport: "tcp", internalPort: 8080, sources });
  await clock.advance(10_000);
  expect(engine.snapshot.exposures).toMatchObject([
    { state: "mapped", further: [{ state: "failed", error: { code: "sources-unsupported" } }] },
  ]);
  expect(able.server.mappings).toMatchObject([{ filters: [{ remoteAddress: sources[0] }] }]);
  expect(unable.server.mappings).toEqual([]);
  await engine.stop({ release: false });
});

test("IPv6: a pinhole in each firewall that is named", async () => {
  const { clock, network, stand, create } = world({ listens: "::" });
  const firewalls = ["2001:db8:a::1", "2001:db8:b::1"];
  network.gateways = [
    ...network.gateways,
    { address: "fe80::1%eth0", family: 6, interface: "eth0" },
  ];
  network.stableAddresses.set("eth0", "2001:db8::10");
  network.dhcpPcpServers = firewalls.map((address) => ({ ...named(address), family: 6 }));
  stand(ROUTER, "52.3.4.5");
  const [inner, outer] = firewalls.map((address) => stand(address, "2001:db8::10"));
  const engine = create();
  await engine.start();
  expose(engine);
  await clock.advance(5000);
  const pinhole = { internal: { address: "2001:db8::10", port: 8080 } };
  expect([inner, outer].map((one) => one?.server.mappings)).toMatchObject([[pinhole], [pinhole]]);
  expect(engine.snapshot.exposures).toMatchObject([
    { ipv6: { state: "mapped" }, further: [{ state: "mapped", gateway: firewalls[1] }] },
  ]);
  await engine.stop({ release: false });
});

test("a stop while it is read who is named asks nobody any more", async () => {
  const { clock, network, stand, create } = world();
  const named = network.dhcpPcpServers;
  network.dhcpPcpServers = [];
  stand(ROUTER, "52.3.9.9");
  const second = stand(SECOND[0], "52.3.8.5");
  const engine = create();
  await engine.start();
  let readOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    readOn = resolve;
  });
  network.pcpServers = () => held.then(() => named);
  engine.execute("updateSettings", { gateway: null });
  await engine.stop({ release: false });
  readOn();
  await clock.advance(MINUTE);
  expect(second.received).toEqual([]);
  expect(clock.pending).toBe(0);
});
