/** The engine in a world that changes: what tells it, and how long it takes until the port is open again. */
import { expect, test } from "vitest";
import { simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakeIgd } from "../../test/gateway/fake-igd.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";
import type { Exposure } from "../../shared/snapshot.ts";

const group = { address: "224.0.0.1", port: 5350 };

async function world({ pcp = true, upnp = false, losesRenewals = false } = {}) {
  const { clock, network, lan, engine: create } = simulatedPc();
  if (losesRenewals) {
    const after = clock.after.bind(clock);
    // From half of two hours to five eighths (RFC 6887 §11.2.1).
    clock.after = (delay, task) =>
      delay > 3_600_000 && delay <= 4_500_000 ? () => undefined : after(delay, task);
  }
  const gateway = new FakePcpGateway({ clock, transport: simulatedTransport(network) });
  gateway.script.silent = !pcp;
  const igd = new FakeIgd({ clock, network, lan });
  if (!upnp) igd.close();
  const engine = create({
    exposures: [{ transport: "tcp", internalPort: 8080, externalPort: null }],
  });
  await engine.start();
  await clock.advance(20_000);
  const exposure = (): Exposure | undefined => engine.snapshot.exposures[0];
  return { clock, network, lan, gateway, igd, engine, exposure };
}

test("from a cold start to a mapping: as long as two answers of the gateway take", async () => {
  const { gateway, exposure } = await world();
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "pcp" });
  expect(gateway.received.map(({ at }) => at).slice(0, 2)).toEqual([0, 0]);
});

test("a gateway that restarts and says so has its mappings back within five seconds", async () => {
  const { clock, network, gateway, exposure } = await world();
  const before = gateway.received.length;
  gateway.reboot();
  for (let copy = 0; copy < 3; copy += 1) {
    network.sendToGroup(gateway.announcement(), group, gateway.address);
  }
  await clock.advance(5100);
  // Whether it is so, and the mapping.
  expect(gateway.received.length - before).toBe(2);
  expect(gateway.server.mappings).toHaveLength(1);
  expect(exposure()?.state).toBe("mapped");
});

test("the regular look at our own mappings renews what no timer did (RFC 7393 §2.3)", async () => {
  const { clock, gateway, engine, exposure } = await world({ losesRenewals: true });
  expect(gateway.maps).toHaveLength(1);
  await clock.advance(3 * 3_600_000);
  expect(gateway.maps.length).toBeGreaterThan(1);
  gateway.server.expire(clock.monotonic());
  expect(gateway.server.mappings).toHaveLength(1);
  expect(exposure()?.state).toBe("mapped");
  await engine.stop({ release: false });
});

test("with no port open the address is asked for by a lease of half a minute each hour, or as chosen", async () => {
  const { clock, gateway, engine } = await world();
  engine.execute("withdraw", { transport: "tcp", internalPort: 8080 });
  await clock.advance(10_000);
  const start = clock.monotonic();
  const asked = gateway.maps.length;
  const inquiries = () =>
    gateway.maps
      .slice(asked)
      .filter(({ request }) => request?.lifetime === 30)
      .map(({ at }) => Math.round((at - start) / 60_000));
  await clock.advance(125 * 60_000);
  expect(inquiries()).toEqual([60, 120]);
  expect(gateway.server.mappings).toEqual([]);
  expect(engine.snapshot.settings).toMatchObject({ inquiryMinutes: 60, tableCheckMinutes: 5 });
  engine.execute("updateSettings", { inquiryMinutes: 15 });
  gateway.server.externalAddress = "198.51.100.77";
  await clock.advance(16 * 60_000);
  expect(inquiries()).toEqual([60, 120, 140]);
  expect(engine.snapshot.changes?.[0]).toMatchObject({
    what: "external-address",
    after: "198.51.100.77",
    signal: "inquiry",
  });
  await engine.stop({ release: false });
});

test("somebody else's announcement changes nothing", async () => {
  const { clock, network, gateway } = await world();
  const before = gateway.received.length;
  gateway.reboot();
  network.sendToGroup(gateway.announcement(), group, { address: "192.0.2.66", port: 5351 });
  await clock.advance(5500);
  expect(gateway.received.length).toBe(before);
});

test("one forged under the router's name is asked about, and nothing shown of it", async () => {
  const { clock, network, gateway, engine, exposure } = await world();
  const before = gateway.received.length;
  const maps = gateway.maps.length;
  const forged = gateway.announcement();
  new DataView(forged.buffer, forged.byteOffset).setUint32(8, 0xffff_fff0);
  const states = new Set<unknown>();
  engine.subscribe(({ exposures }) => states.add(exposures[0]?.state));
  network.sendToGroup(forged, group, gateway.address);
  await clock.advance(5500);
  expect([gateway.received.length - before, gateway.maps.length - maps]).toEqual([1, 0]);
  states.add(exposure()?.state);
  expect([...states]).toEqual(["mapped"]);
});

test("another address of this PC: mapped again for it within three seconds", async () => {
  const { clock, network, gateway, exposure } = await world();
  network.localAddress = "192.0.2.11";
  await clock.advance(3000);
  expect(gateway.maps.at(-1)?.from.address).toBe("192.0.2.11");
  expect(exposure()?.state).toBe("mapped");
});

test("another gateway is followed", async () => {
  const { clock, network, engine, exposure } = await world();
  const other = new FakePcpGateway({
    clock,
    transport: simulatedTransport(network, { address: "192.0.2.254", port: 5351 }),
    externalAddress: "198.51.100.9",
  });
  network.gateways = [{ address: "192.0.2.254", family: 4, interface: "eth0" }];
  await clock.advance(3000);
  expect(engine.snapshot.gateways[0]?.address).toBe("192.0.2.254");
  expect(exposure()?.endpoint).toEqual({ address: "198.51.100.9", port: 8080 });
  expect(other.maps).toHaveLength(1);
});

test("a UPnP gateway that restarts has its mappings back within a minute", async () => {
  const { clock, igd, exposure } = await world({ pcp: false, upnp: true });
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "upnp" });
  igd.restart(5001);
  await clock.advance(61_000);
  expect(igd.entries).toHaveLength(1);
  expect(exposure()?.state).toBe("mapped");
});

test("stopping leaves neither sockets nor timers", async () => {
  const { clock, network, lan, engine } = await world({ upnp: true });
  const stopped = engine.stop({ release: true });
  await clock.advance(3000);
  await stopped;
  await clock.advance(0);
  expect([clock.pending, network.openSockets, lan.listening]).toEqual([0, 0, 0]);
});

test("what the router holds is told with whose it is, and of ours what is left behind can go", async () => {
  const { clock, engine, igd, network } = await world({ pcp: false, upnp: true });
  const own = network.localAddress;
  igd.put({ externalPort: 9000 });
  igd.put({ externalPort: 9001, internalClient: own, description: "Homeport TCP 8080" });
  const table = async () => {
    const told = engine.routerTable();
    await clock.advance(5000);
    const result = await told;
    return result.ok && result.value.rows.map(({ externalPort, owner }) => [externalPort, owner]);
  };
  expect(await table()).toEqual([
    [8080, "exposure"],
    [9000, "other"],
    [9001, "leaked"],
  ]);
  const remove = async (externalPort: number) => {
    const removed = engine.removeMapping({ transport: "tcp", externalPort });
    await clock.advance(5000);
    return removed;
  };
  expect(await remove(8080)).toMatchObject({ ok: false, error: { code: "mapping-in-use" } });
  expect(await remove(9000)).toMatchObject({ ok: false, error: { code: "mapping-foreign" } });
  expect(await remove(9001)).toEqual({ ok: true, value: null });
  expect(await table()).toEqual([
    [8080, "exposure"],
    [9000, "other"],
  ]);
});

test("the user's choice of a connection: its router is asked, and one that is away is told", async () => {
  const { clock, network, gateway, engine, exposure } = await world();
  network.gateways = [
    { address: null, family: 4, interface: "tun0", kind: "vpn" },
    { address: "192.0.2.1", family: 4, interface: "eth0" },
    { address: "192.0.2.254", family: 4, interface: "wlan0", kind: "wifi" },
  ];
  await clock.advance(10_000);
  // A VPN came up: the same router, from our address on its network.
  expect(exposure()?.state).toBe("mapped");
  expect(gateway.received.at(-1)?.from.address).toBe("192.0.2.10");
  expect(engine.snapshot.interfaces?.map(({ name, inUse }) => `${name} ${inUse}`)).toEqual([
    "tun0 false",
    "eth0 true",
    "wlan0 false",
  ]);
  engine.execute("updateSettings", { interface: "wlan0" });
  await clock.advance(10);
  expect(engine.snapshot.gateways[0]?.address).toBe("192.0.2.254");
  expect(engine.snapshot.settings.interface).toBe("wlan0");
  network.gateways = network.gateways.slice(0, 2);
  await clock.advance(10_000);
  expect(engine.snapshot.gateways).toEqual([]);
  expect(exposure()?.error?.code).toBe("interface-away");
  engine.execute("updateSettings", { interface: null });
  await clock.advance(10);
  expect(exposure()).toMatchObject({ state: "mapped", error: null });
});
