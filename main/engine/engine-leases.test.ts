/** The engine and what it made on routers: kept while it stands, and removed from wherever it stands. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { HOME, simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakeIgd } from "../../test/gateway/fake-igd.ts";
import { FakeNatPmpGateway } from "../../test/gateway/fake-natpmp-gateway.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";
import type { Exposure } from "../../shared/snapshot.ts";
import type { Engine } from "./engine.ts";
import { LeaseBook } from "./gateway/lease-book.ts";

const port = { transport: "tcp", internalPort: 8080 } as const;

function world() {
  const { clock, network, lan, directory, engine: create } = simulatedPc();
  const at = (address: string) => simulatedTransport(network, { address, port: 5351 });
  let engine: Engine | null = null;
  /** Another run on the same PC. */
  const start = async (): Promise<Engine> => {
    engine = create();
    await engine.start();
    return engine;
  };
  return {
    clock,
    network,
    start,
    pcp: (address = HOME) => new FakePcpGateway({ clock, transport: at(address) }),
    natPmp: (address = HOME) => new FakeNatPmpGateway({ clock, transport: at(address) }),
    igd: (address = HOME) => new FakeIgd({ clock, network, lan, address }),
    exposed: async () => {
      const made = await start();
      made.execute("expose", { ...port, externalPort: null });
      await clock.advance(20_000);
      return made;
    },
    /** The PC is on the network of this router from now on. */
    join: async (address: string | null) => {
      network.gateways = address === null ? [] : [{ address, family: 4, interface: "eth0" }];
      await clock.advance(20_000);
    },
    book: () => {
      const book = new LeaseBook(join(directory, "leases.jsonl"), () => clock.now());
      book.load();
      return book.all();
    },
    exposure: (): Exposure | undefined => engine?.snapshot.exposures[0],
  };
}

test("a wall clock that jumps ahead (NTP, no clock chip) costs no mapping that stands", async () => {
  const { clock, pcp, exposed, exposure } = world();
  const router = pcp();
  await exposed();
  clock.jump(3 * 3_600_000);
  await clock.advance(60_000);
  expect(exposure()).toMatchObject({ state: "mapped", error: null, endpoint: { port: 8080 } });
  expect(router.server.mappings).toHaveLength(1);
});

test("a wall clock that jumps ahead hides nothing that a withdrawal has to remove", async () => {
  const { clock, pcp, exposed, exposure } = world();
  const router = pcp();
  const engine = await exposed();
  clock.jump(3 * 3_600_000);
  engine.execute("withdraw", port);
  await clock.advance(1000);
  expect([exposure(), router.server.mappings]).toEqual([undefined, []]);
});

test.each([3, -24])(
  "what is closed while its router is away is kept in mind for its lease, whatever the wall clock does (%i h)",
  async (hours) => {
    const { clock, pcp, exposed, exposure, join: joinNetwork } = world();
    const router = pcp();
    const engine = await exposed();
    await joinNetwork(null);
    engine.execute("withdraw", port);
    await clock.advance(1000);
    clock.jump(hours * 3_600_000);
    await clock.advance(3_600_000);
    expect(exposure()?.state).toBe("withdrawing");
    await joinNetwork(HOME);
    expect([exposure(), router.server.mappings]).toEqual([undefined, []]);
  },
);

test.each([0, 3, -24])("and no longer (%i h)", async (hours) => {
  const { clock, pcp, exposed, exposure, join: joinNetwork } = world();
  pcp();
  const engine = await exposed();
  await joinNetwork(null);
  engine.execute("withdraw", port);
  clock.jump(hours * 3_600_000);
  await clock.advance(7_200_000);
  expect(exposure()).toBeUndefined();
});

test.each([
  ["right", 0, 7_100_000],
  ["a day behind, and set later", -24, 7_200_000],
])("so is what an earlier run left, by a clock that is %s", async (_what, hours, gone) => {
  const { clock, pcp, exposed, start, exposure, join: joinNetwork } = world();
  pcp();
  const before = await exposed();
  const stopped = before.stop({ release: false });
  await clock.advance(3000);
  await stopped;
  await joinNetwork(null);
  clock.jump(hours * 3_600_000);
  const engine = await start();
  engine.execute("withdraw", port);
  await clock.advance(1000);
  clock.jump(-hours * 3_600_000);
  await clock.advance(7_000_000);
  expect(exposure()?.state).toBe("withdrawing");
  await clock.advance(gone - 7_000_000 + 100_000);
  expect(exposure()).toBeUndefined();
});

/** Knows no lease but the permanent one. */
function permanentOnly(igd: FakeIgd): FakeIgd {
  igd.script.fault = (action, { NewLeaseDuration }) =>
    action === "AddPortMapping" && NewLeaseDuration !== "0" ? 725 : null;
  return igd;
}

/** Answers nothing any more, or again. */
function hang(igd: FakeIgd, hangs = true): void {
  igd.script.reply = () => (hangs ? "hang" : null);
  igd.script.hears = hangs ? "none" : "both";
}

test("a withdrawal takes away what another protocol of the router holds as well", async () => {
  const { clock, igd, natPmp, exposed, exposure } = world();
  const upnp = permanentOnly(igd());
  const engine = await exposed();
  expect(upnp.entries).toHaveLength(1);
  hang(upnp);
  const other = natPmp();
  await clock.advance(700_000);
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "nat-pmp" });
  hang(upnp, false);
  await clock.advance(700_000);
  engine.execute("withdraw", port);
  await clock.advance(10_000);
  expect([exposure(), other.mappings, upnp.entries]).toEqual([undefined, [], []]);
});

test("what another protocol holds goes as soon as that answers again", async () => {
  const { clock, igd, natPmp, exposed, exposure } = world();
  const upnp = permanentOnly(igd());
  const engine = await exposed();
  hang(upnp);
  natPmp();
  await clock.advance(700_000);
  engine.execute("withdraw", port);
  await clock.advance(10_000);
  expect([exposure(), upnp.entries.length]).toEqual([undefined, 1]);
  hang(upnp, false);
  await clock.advance(700_000);
  expect([exposure(), upnp.entries]).toEqual([undefined, []]);
});

test("what was withdrawn on another network goes when its router is met again", async () => {
  const { clock, igd, pcp, exposed, join: joinNetwork, exposure } = world();
  const home = permanentOnly(igd());
  pcp("192.0.2.254");
  const engine = await exposed();
  await joinNetwork("192.0.2.254");
  engine.execute("withdraw", port);
  await clock.advance(60_000);
  expect([exposure(), home.entries.length]).toEqual([undefined, 1]);
  await joinNetwork(HOME);
  expect([exposure(), home.entries]).toEqual([undefined, []]);
});

test("what an earlier run left at home goes when it is met, though the run began elsewhere", async () => {
  const { clock, igd, pcp, start, exposed, join: joinNetwork, exposure } = world();
  const home = permanentOnly(igd());
  pcp("192.0.2.254");
  const before = await exposed();
  await joinNetwork("192.0.2.254");
  before.execute("withdraw", port);
  const stopped = before.stop({ release: true });
  await clock.advance(3000);
  await stopped;
  await start();
  await clock.advance(20_000);
  expect(home.entries).toHaveLength(1);
  await joinNetwork(null);
  await joinNetwork(HOME);
  expect([exposure(), home.entries]).toEqual([undefined, []]);
});

test("what is wanted again is not taken away with what is left of it", async () => {
  const { clock, igd, pcp, exposed, join: joinNetwork, exposure } = world();
  const home = permanentOnly(igd());
  pcp("192.0.2.254");
  const engine = await exposed();
  await joinNetwork("192.0.2.254");
  engine.execute("withdraw", port);
  await clock.advance(1000);
  engine.execute("expose", { ...port, externalPort: null });
  await joinNetwork(HOME);
  await clock.advance(60_000);
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "upnp" });
  expect(home.entries).toHaveLength(1);
  expect(home.names()).not.toContain("DeletePortMapping");
});

test("after a failover, what the first of two routers holds goes when it is back", async () => {
  const { clock, network, igd, pcp, exposed, exposure } = world();
  const first = permanentOnly(igd());
  const second = pcp("192.0.2.254");
  network.gateways = [HOME, "192.0.2.254"].map((address) => ({
    address,
    family: 4,
    interface: "eth0",
  }));
  const engine = await exposed();
  hang(first);
  await clock.advance(700_000);
  expect(second.server.mappings).toHaveLength(1);
  engine.execute("withdraw", port);
  await clock.advance(10_000);
  expect([exposure(), second.server.mappings]).toEqual([undefined, []]);
  hang(first, false);
  await clock.advance(1_300_000);
  expect([exposure(), first.entries]).toEqual([undefined, []]);
});

test("where the router refuses every port, its address is still asked for each hour", async () => {
  const { clock, igd, exposed, exposure } = world();
  const router = igd();
  router.script.fault = (action) => (action === "AddPortMapping" ? 606 : null);
  const engine = await exposed();
  expect(exposure()).toMatchObject({ state: "failed", error: { code: "not-authorized" } });
  router.externalAddress = "203.0.113.99";
  await clock.advance(3_600_000);
  expect(engine.snapshot.gateways).toMatchObject([{ externalAddress: "203.0.113.99" }]);
});

test("what is left behind on this router can go, whatever another one holds at that number", async () => {
  const { clock, network, igd, exposed, join: joinNetwork } = world();
  permanentOnly(igd());
  const engine = await exposed();
  const there = igd("192.0.2.254");
  there.put({
    externalPort: 8080,
    internalClient: network.localAddress,
    internalPort: 81,
    description: "Homeport TCP 81",
  });
  await joinNetwork("192.0.2.254");
  const removed = engine.removeMapping({ transport: "tcp", externalPort: 8080 });
  await clock.advance(5000);
  expect(await removed).toEqual({ ok: true, value: null });
  expect(there.entries).toMatchObject([{ internalPort: 8080 }]);
});

/** Shows nothing of its table. */
function hiding(igd: FakeIgd): FakeIgd {
  const { fault } = igd.script;
  igd.script.fault = (action, values) =>
    /^Get.*Entry$/.test(action) ? 401 : fault(action, values);
  return igd;
}

test("a router that hides its table and restarts has its permanent mapping back in a minute", async () => {
  const { clock, igd, exposed, exposure } = world();
  const router = hiding(permanentOnly(igd()));
  await exposed();
  router.restart(5001);
  await clock.advance(61_000);
  expect(router.entries).toHaveLength(1);
  expect(exposure()).toMatchObject({ state: "mapped", endpoint: { port: 8080 } });
});

test("a hidden permanent mapping is asked for again each half hour, as nothing tells that it went", async () => {
  const { clock, igd, exposed, exposure } = world();
  const router = hiding(permanentOnly(igd()));
  await exposed();
  router.drop(() => true);
  await clock.advance(1_801_000);
  expect(router.entries).toHaveLength(1);
  expect(exposure()).toMatchObject({ state: "mapped", endpoint: { port: 8080 } });
});

test("a router that calls its own client's port taken keeps it, though it hides its table", async () => {
  const { clock, igd, exposed, exposure } = world();
  const router = hiding(permanentOnly(igd()));
  const engine = await exposed();
  const { fault } = router.script;
  router.script.fault = (action, values) =>
    action === "AddPortMapping" && values["NewExternalPort"] === "8080"
      ? 718
      : fault(action, values);
  await clock.advance(3_700_000);
  router.moveTo(5001);
  await clock.advance(120_000);
  expect(exposure()).toMatchObject({ state: "mapped", endpoint: { port: 8080 } });
  expect(router.entries).toHaveLength(1);
  engine.execute("withdraw", port);
  await clock.advance(1000);
  expect([exposure(), router.entries]).toEqual([undefined, []]);
});

test("another address of this PC: its permanent mapping of an earlier run moves with it", async () => {
  const { clock, network, igd, exposed, start, exposure } = world();
  const router = permanentOnly(igd());
  router.mapsForOthers = true;
  const before = await exposed();
  const stopped = before.stop({ release: false });
  await clock.advance(3000);
  await stopped;
  network.localAddress = "192.0.2.77";
  const engine = await start();
  await clock.advance(20_000);
  expect(exposure()).toMatchObject({ state: "mapped", endpoint: { port: 8080 } });
  expect(router.entries).toMatchObject([{ externalPort: 8080, internalClient: "192.0.2.77" }]);
  engine.execute("withdraw", port);
  await clock.advance(1000);
  expect([exposure(), router.entries]).toEqual([undefined, []]);
});

test("another address of this PC: what nobody wants any more goes all the same", async () => {
  const { clock, network, igd, pcp, exposed, join: joinNetwork, exposure } = world();
  const router = permanentOnly(igd());
  router.mapsForOthers = true;
  pcp("192.0.2.254");
  const engine = await exposed();
  await joinNetwork("192.0.2.254");
  engine.execute("withdraw", port);
  await clock.advance(1000);
  network.localAddress = "192.0.2.77";
  await joinNetwork(HOME);
  expect([exposure(), router.entries]).toEqual([undefined, []]);
});

test("an entry for the address that was ours once, but made elsewhere, is left alone", async () => {
  const { clock, network, igd, exposed, start, exposure } = world();
  const router = permanentOnly(igd());
  router.mapsForOthers = true;
  const before = await exposed();
  const stopped = before.stop({ release: false });
  await clock.advance(3000);
  await stopped;
  const old = network.localAddress;
  router.drop(() => true);
  const other = { externalPort: 9090, internalClient: old, description: "Homeport TCP 8080" };
  const theirs = [
    router.put(other),
    router.put({ ...other, externalPort: 8080, internalPort: 81 }),
  ];
  network.localAddress = "192.0.2.77";
  await start();
  await clock.advance(20_000);
  expect(exposure()?.state).toBe("mapped");
  expect(router.entries).toEqual(expect.arrayContaining(theirs));
});

test.each(["known at once", "known once it answered"])(
  "another router of the same address keeps no record of the first from being met again (%s)",
  async (when) => {
    const { clock, network, igd, exposed, exposure } = world();
    network.linkAddresses.set(HOME, "02:00:00:00:00:01");
    const router = permanentOnly(igd());
    const arrive = async (link: string): Promise<void> => {
      network.gateways = [];
      await clock.advance(10_000);
      network.gateways = [{ address: HOME, family: 4, interface: "eth0" }];
      network.linkAddresses.delete(HOME);
      if (when === "known at once") network.linkAddresses.set(HOME, link);
      // The first question to it makes the system ask who it is.
      router.script.spoilDescription = (body) => {
        network.linkAddresses.set(HOME, link);
        return { status: 200, body };
      };
      await clock.advance(40_000);
    };
    const engine = await exposed();
    const [atHome] = router.entries;
    // Of the same make, and with a table of its own.
    router.drop(() => true);
    await arrive("02:00:00:00:00:02");
    expect([exposure()?.state, router.entries.length]).toEqual(["mapped", 1]);
    engine.execute("withdraw", port);
    await clock.advance(10_000);
    expect([exposure(), router.entries]).toEqual([undefined, []]);
    router.put({ ...atHome });
    await arrive("02:00:00:00:00:01");
    expect([exposure(), router.entries]).toEqual([undefined, []]);
  },
);

test.each<["at once" | "once it answered" | "by its epoch alone"]>([
  ["at once"],
  ["once it answered"],
  ["by its epoch alone"],
])(
  "another router of the same address never hears the nonce of the first (known %s)",
  async (when) => {
    const { clock, network, pcp, exposed, exposure, book } = world();
    network.linkAddresses.set(HOME, "02:00:00:00:00:01");
    const first = pcp();
    await exposed();
    first.script.silent = true;
    const other = new FakePcpGateway({
      clock,
      transport: simulatedTransport(network, { address: HOME, port: 5351 }),
    });
    network.linkAddresses.set(HOME, "02:00:00:00:00:02");
    if (when === "once it answered") {
      const linkAddress = network.linkAddress.bind(network);
      network.linkAddress = (address) =>
        other.received.length > 0 ? linkAddress(address) : Promise.resolve(null);
    }
    if (when !== "by its epoch alone") network.localAddress = "192.0.2.11";
    await clock.advance(100_000);
    expect(exposure()).toMatchObject({ state: "mapped", error: null });
    expect(other.server.mappings).toHaveLength(1);
    const [nonce] = noncesOf(first);
    expect(noncesOf(other)).not.toContain(nonce);
    // Each has its own entry.
    const routers = book().map(({ router }) => router);
    expect(routers).toEqual(["02:00:00:00:00:01", "02:00:00:00:00:02"]);
  },
);

test("a new run waits until it knows which router has the address, and goes on with its nonce", async () => {
  const { clock, network, pcp, exposed, start, exposure } = world();
  network.linkAddresses.set(HOME, "02:00:00:00:00:01");
  const router = pcp();
  const before = await exposed();
  const stopped = before.stop({ release: false });
  await clock.advance(3000);
  await stopped;
  const linkAddress = network.linkAddress.bind(network);
  const heard = router.received.length;
  let looks = 0;
  network.linkAddress = (address) => {
    looks += 1;
    // The system takes its time to tell.
    const isKnown = router.received.length > heard && looks > 3;
    return isKnown ? linkAddress(address) : Promise.resolve(null);
  };
  await start();
  await clock.advance(5000);
  expect(exposure()?.state).toBe("mapped");
  expect(new Set(noncesOf(router)).size).toBe(1);
});

/** In hexadecimal, of all that it was asked to map. */
function noncesOf(router: FakePcpGateway): readonly string[] {
  return router.maps.flatMap(({ request }) =>
    request?.body.opcode === "map" ? [Buffer.from(request.body.nonce).toString("hex")] : [],
  );
}

/** Exposed by UPnP for good, then by PCP while that hung. */
async function twiceExposed() {
  const made = world();
  const upnp = permanentOnly(made.igd());
  const engine = await made.exposed();
  hang(upnp);
  const pcp = made.pcp();
  pcp.knows.add("filter");
  await made.clock.advance(700_000);
  const limit = (): void => {
    const sources = ["198.51.100.7"];
    engine.execute("expose", { ...port, externalPort: null, sources });
  };
  return { ...made, engine, upnp, router: pcp, limit };
}

test("a port for some visitors alone is not left open to everybody by another protocol", async () => {
  const { clock, upnp, router, limit, exposure } = await twiceExposed();
  hang(upnp, false);
  await clock.advance(700_000);
  limit();
  await clock.advance(10_000);
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "pcp" });
  expect(router.server.mappings[0]?.filters).toHaveLength(1);
  expect(upnp.entries).toEqual([]);
});

test("what another protocol leaves open to everybody is closed as soon as that answers", async () => {
  const { clock, upnp, limit, exposure } = await twiceExposed();
  limit();
  await clock.advance(10_000);
  // Until then it would be no truth to call it limited.
  expect([exposure()?.state, upnp.entries.length]).toEqual(["failed", 1]);
  hang(upnp, false);
  await clock.advance(700_000);
  expect([exposure()?.state, upnp.entries.length]).toEqual(["mapped", 0]);
});
