/** The engine where there is more than one way in: IPv6, and a second router before the first. */
import { expect, test } from "vitest";
import type { Server } from "../../shared/snapshot.ts";
import { serverOn } from "../../test/fixtures/servers.ts";
import { running, simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";
import { describeChange } from "../../shared/changes.ts";
import { PcpClient } from "./gateway/pcp/client.ts";
import { PinholeClient } from "./gateway/upnp/firewall/pinhole-client.ts";

const page: Server = { ...serverOn("tcp/8080", null), addresses: ["::"] };

function world(externalAddress = "52.3.4.5", servers: readonly Server[] = [page]) {
  const { environment, clock, network, random, lan, engine: create } = simulatedPc();
  const router = (address: string, outside: string): FakePcpGateway =>
    new FakePcpGateway({
      clock,
      transport: simulatedTransport(network, { address, port: 5351 }),
      externalAddress: outside,
    });
  const inner = router("192.0.2.1", externalAddress);
  const engine = create({
    createMappers: (ref) => [
      new PcpClient(environment, ref),
      // Silent: it keeps a round of questions open.
      ...(ref.address.includes(":") ? [new PinholeClient(environment, lan, ref)] : []),
    ],
    servers: running(servers),
  });
  const expose = (): void => {
    engine.execute("expose", { transport: "tcp", internalPort: 8080, externalPort: null });
  };
  return { clock, network, random, inner, router, engine, expose };
}

test("a router before the router is found, and both are mapped", async () => {
  const { clock, inner, router, engine, expose } = world("10.0.0.7");
  const upper = router("10.0.0.1", "52.3.4.9");
  upper.seesAs = "10.0.0.7";
  await engine.start();
  await clock.advance(1000);
  expect(engine.snapshot.gateways).toMatchObject([{ address: "192.0.2.1" }]);
  expose();
  await clock.advance(10_000);
  expect(engine.snapshot).toMatchObject({
    gateways: [
      { address: "192.0.2.1", externalAddress: "10.0.0.7" },
      { address: "10.0.0.1", state: "answering" },
    ],
    exposures: [
      {
        state: "mapped",
        endpoint: { address: "52.3.4.9", port: 8080 },
        finding: null,
        upstream: { gateway: "10.0.0.1", state: "mapped" },
      },
    ],
  });
  expect(inner.server.mappings).toMatchObject([
    { internal: { address: "192.0.2.10", port: 8080 } },
  ]);
  expect(upper.server.mappings).toMatchObject([{ internal: { address: "10.0.0.7", port: 8080 } }]);
  const stopped = engine.stop({ release: true });
  await clock.advance(2000);
  await stopped;
  expect([...inner.server.mappings, ...upper.server.mappings]).toEqual([]);
});

test("another address of the router before the router is found by the regular check, and told so", async () => {
  const { clock, router, engine, expose } = world("10.0.0.7");
  const upper = router("10.0.0.1", "52.3.4.9");
  upper.seesAs = "10.0.0.7";
  await engine.start();
  expose();
  await clock.advance(10_000);
  upper.server.externalAddress = "52.3.4.10";
  engine.execute("updateSettings", { tableCheckMinutes: 30 });
  await clock.advance(30 * 60_000 - 1000);
  expect(engine.snapshot.changes).toEqual([]);
  await clock.advance(2000);
  expect(
    engine.snapshot.changes?.map((change) => `${describeChange(change)}, ${change.signal}`),
  ).toEqual(["Internet address 52.3.4.9 → 52.3.4.10, table-check"]);
  expect(engine.snapshot.exposures).toMatchObject([{ endpoint: { address: "52.3.4.10" } }]);
  await engine.stop({ release: false });
});

test("a router before the router is found at an address that none would guess", async () => {
  const { clock, network, router, engine, expose } = world("10.0.0.7");
  const upper = router("10.0.3.138", "52.3.4.9");
  upper.seesAs = "10.0.0.7";
  network.hop = "10.0.3.138";
  await engine.start();
  expose();
  await clock.advance(10_000);
  // Found once it is known, whether or not it says so again.
  network.hop = null;
  network.localAddress = "192.0.2.11";
  await clock.advance(10_000);
  expect(engine.snapshot.exposures).toMatchObject([
    { endpoint: { address: "52.3.4.9", port: 8080 }, upstream: { gateway: "10.0.3.138" } },
  ]);
  await engine.stop({ release: false });
});

test("where nobody answers before it, the exposure stays mapped but not reachable", async () => {
  const { clock, engine, expose } = world("10.0.0.7");
  await engine.start();
  expose();
  await clock.advance(20_000);
  expect(engine.snapshot.exposures).toMatchObject([
    {
      state: "mapped",
      endpoint: { address: "10.0.0.7" },
      finding: { code: "double-nat" },
      upstream: { error: { code: "no-response" } },
    },
  ]);
  await engine.stop({ release: false });
});

test("IPv6 is opened beside IPv4, for the stable address of this PC", async () => {
  const { clock, network, router, engine, expose } = world();
  network.gateways = [
    ...network.gateways,
    { address: "fe80::1%eth0", family: 6, interface: "eth0" },
  ];
  network.stableAddresses.set("eth0", "2001:db8::10");
  const firewall = router("fe80::1%eth0", "2001:db8::10");
  await engine.start();
  expose();
  await clock.advance(10_000);
  expect(engine.snapshot.exposures).toMatchObject([
    {
      endpoint: { address: "52.3.4.5", port: 8080 },
      ipv6: { state: "mapped", endpoint: { address: "2001:db8::10", port: 8080 } },
    },
  ]);
  expect(firewall.server.mappings).toMatchObject([
    { internal: { address: "2001:db8::10", port: 8080 } },
  ]);
  await engine.stop({ release: false });
});

test.each([
  ["later", 60_000],
  ["while the first questions over IPv6 are open", 500],
])(
  "a restart that IPv4 shows brings the pinholes back in seconds too, %s",
  async (_when, after) => {
    const { clock, network, random, inner, router, engine, expose } = world();
    network.gateways = [
      ...network.gateways,
      { address: "fe80::1%eth0", family: 6, interface: "eth0" },
    ];
    network.stableAddresses.set("eth0", "2001:db8::10");
    const firewall = router("fe80::1%eth0", "2001:db8::10");
    // The epoch of a router that has just started would look no different.
    await clock.advance(60_000);
    await engine.start();
    expose();
    await clock.advance(after);
    // Half a second of the five that clients may wait (RFC 6887 §14.1.3).
    random.fraction = () => 0.1;
    for (const side of [inner, firewall]) side.reboot();
    const group = { address: "224.0.0.1", port: 5350 };
    network.sendToGroup(inner.announcement(), group, inner.address);
    await clock.advance(6000);
    expect(inner.server.mappings).toHaveLength(1);
    expect(firewall.server.mappings).toHaveLength(1);
    expect(engine.snapshot.exposures).toMatchObject([{ ipv6: { state: "mapped" } }]);
    await engine.stop({ release: false });
  },
);

test("a router that says nothing over IPv6 is no failure to tell", async () => {
  const { clock, network, engine, expose } = world();
  network.gateways = [
    ...network.gateways,
    { address: "fe80::1%eth0", family: 6, interface: "eth0" },
  ];
  network.stableAddresses.set("eth0", "2001:db8::10");
  await engine.start();
  expose();
  await clock.advance(60_000);
  expect(engine.snapshot.gateways).toHaveLength(1);
  expect(engine.snapshot.exposures[0]).not.toHaveProperty("ipv6");
  await engine.stop({ release: false });
});

test("a new address goes into the history, with the signal that told it", async () => {
  const { clock, network, inner, engine, expose } = world();
  await engine.start();
  expose();
  await clock.advance(10_000);
  expect(engine.snapshot.changes).toEqual([]);
  inner.reboot();
  inner.server.externalAddress = "52.3.4.6";
  network.sendToGroup(inner.announcement(), { address: "224.0.0.1", port: 5350 }, inner.address);
  await clock.advance(10_000);
  expect(
    engine.snapshot.changes?.map((change) => `${describeChange(change)}, ${change.signal}`),
  ).toEqual(["Internet address 52.3.4.5 → 52.3.4.6, announcement"]);
  await engine.stop({ release: false });
});

test("a line that owns only some port numbers is told, until another network is joined", async () => {
  const { clock, network, inner, router, engine } = world();
  router("192.0.2.254", "52.3.4.77");
  inner.script.spoil = [
    (reply) => {
      const spoiled = reply.slice();
      const view = new DataView(spoiled.buffer);
      // The external port of a MAP response (RFC 6887 §11.1), moved into one set of ports.
      if (spoiled.length >= 60) view.setUint16(42, 0x1340 + (view.getUint16(40) % 16));
      return spoiled;
    },
  ];
  await engine.start();
  for (const internalPort of [8080, 8081, 8082]) {
    engine.execute("expose", { transport: "tcp", internalPort, externalPort: null });
  }
  await clock.advance(10_000);
  const findings = () => engine.snapshot.exposures.map(({ finding }) => finding?.code ?? null);
  expect(findings()).toEqual(Array(3).fill("limited-ports"));
  // Two alone could be chance, had there not been a third.
  engine.execute("withdraw", { transport: "tcp", internalPort: 8082 });
  await clock.advance(10_000);
  expect(findings()).toEqual(Array(2).fill("limited-ports"));
  network.gateways = [{ address: "192.0.2.254", family: 4, interface: "eth0" }];
  await clock.advance(10_000);
  expect(findings()).toEqual(Array(2).fill(null));
  await engine.stop({ release: false });
});
