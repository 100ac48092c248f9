import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { SimulatedLan } from "../../../test/fixtures/simulated-lan.ts";
import { FakeIgd } from "../../../test/gateway/fake-igd.ts";
import { FakeNatPmpGateway } from "../../../test/gateway/fake-natpmp-gateway.ts";
import { FakePcpGateway } from "../../../test/gateway/fake-pcp-gateway.ts";
import { never, watch, wish } from "../../../test/gateway/pcp-world.ts";
import { byVersion, simulatedTransport } from "../../../test/gateway/transports.ts";
import { candidates4 } from "./candidates.ts";
import { GatewayMemory } from "./gateway-memory.ts";
import { GatewayTracker } from "./gateway-tracker.ts";
import { LeaseBook } from "./lease-book.ts";
import { NatPmpClient } from "./natpmp/client.ts";
import { PcpClient } from "./pcp/client.ts";
import type { MapOutcome, PortMapper } from "./port-mapper.ts";
import { UpnpClient } from "./upnp/igd/client.ts";
import { readWaysOut } from "./ways-out.ts";

const ADDRESS = "192.0.2.1";

/** A PC behind one gateway that speaks all three protocols until told otherwise. */
function world({ memory: known }: { memory?: GatewayMemory } = {}) {
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  network.gateways = [{ address: ADDRESS, family: 4, interface: "eth0" }];
  const lan = new SimulatedLan(clock, network);
  // One port for both, as on a real gateway: each takes what is in its version.
  const [pcpSide, natPmpSide] = byVersion(
    simulatedTransport(network, { address: ADDRESS, port: 5351 }),
  );
  const pcp = new FakePcpGateway({ clock, transport: pcpSide });
  const natPmp = new FakeNatPmpGateway({ clock, transport: natPmpSide });
  const upnp = new FakeIgd({ clock, network, lan, address: ADDRESS });
  const directory = mkdtempSync(join(tmpdir(), "homeport-tracker-"));
  const book = new LeaseBook(join(directory, "leases.jsonl"), () => clock.now());
  const memory = known ?? new GatewayMemory(join(directory, "gateways.json"), environment);
  const changes: (MappingProtocol | null)[] = [];
  const lost: string[] = [];
  const tracker: GatewayTracker = new GatewayTracker({
    environment,
    book,
    memory,
    candidates: async () => {
      const { byHand } = world;
      return candidates4(byHand, await readWaysOut(network, lan, null));
    },
    createMappers: (gateway) => [
      new PcpClient(environment, gateway),
      new NatPmpClient(environment, gateway),
      new UpnpClient(environment, lan, gateway),
    ],
    onChange: () => changes.push(tracker.mapper?.protocol ?? null),
    onStateLost: (signal) => lost.push(signal),
  });
  const hold = (protocol: MappingProtocol, expiresIn = 7200_000): void =>
    book.put({
      gateway: ADDRESS,
      layer: "ipv4",
      protocol,
      transport: "tcp",
      internalPort: 8080,
      nonce: "00".repeat(12),
      externalAddress: "203.0.113.7",
      externalPort: 8080,
      lifetime: 7200,
      expiresAt: new Date(clock.now() + expiresIn).toISOString(),
      left: false,
    });
  const world = {
    environment,
    clock,
    network,
    lan,
    pcp,
    natPmp,
    upnp,
    book,
    memory,
    tracker,
    changes,
    lost,
    hold,
    byHand: null as string | null,
  };
  return world;
}

type World = ReturnType<typeof world>;

function silence({ pcp, natPmp, upnp }: World, ...protocols: MappingProtocol[]): void {
  pcp.script.silent = protocols.includes("pcp");
  natPmp.script.silent = protocols.includes("nat-pmp");
  upnp.script.hears = protocols.includes("upnp") ? "none" : "both";
}

/** What is in use after so many milliseconds. */
async function inUse({ clock, tracker }: World, after: number): Promise<MappingProtocol | null> {
  await clock.advance(after);
  return tracker.mapper?.protocol ?? null;
}

describe("the choice", () => {
  test("PCP wins at once; six datagrams; all that answered are listed", async () => {
    const w = world();
    await w.tracker.look();
    expect(await inUse(w, 0)).toBe("pcp");
    await w.clock.advance(20);
    expect(w.network.sent).toBe(6);
    expect(w.tracker.gateways).toEqual([
      { address: ADDRESS, protocols: ["pcp", "nat-pmp", "upnp"], state: "answering" },
    ]);
    await w.clock.advance(3000);
    expect(w.network.sent).toBe(6);
  });

  test("a worse answer waits for a better one, a quarter of a second", async () => {
    const w = world();
    w.pcp.script.delay = 200;
    await w.tracker.look();
    expect(await inUse(w, 199)).toBeNull();
    expect(w.tracker.gateways[0]?.state).toBe("answering");
    expect(await inUse(w, 2)).toBe("pcp");
  });

  test("and no longer", async () => {
    const w = world();
    silence(w, "pcp");
    await w.tracker.look();
    expect(await inUse(w, 249)).toBeNull();
    expect(await inUse(w, 2)).toBe("nat-pmp");
    expect(w.changes.filter((protocol) => protocol !== null)).not.toContain("upnp");
  });

  test("nor for what has said no", async () => {
    const w = world();
    silence(w, "upnp");
    // A gateway of NAT-PMP alone answers PCP in its own version (RFC 6887 appendix A).
    w.pcp.script.spoil = [() => Uint8Array.of(0, 0x80, 0, 1, 0, 0, 0, 0)];
    w.pcp.script.spoilsAnnounce = true;
    await w.tracker.look();
    expect(await inUse(w, 0)).toBe("nat-pmp");
  });

  test("UPnP alone", async () => {
    const w = world();
    silence(w, "pcp", "nat-pmp");
    await w.tracker.look();
    expect(await inUse(w, 300)).toBe("upnp");
    expect(w.tracker.gateways[0]?.protocols).toEqual(["upnp"]);
    expect(w.tracker.problem).toBeNull();
  });

  test("what worked here before is waited for longer", async () => {
    const w = world();
    w.hold("pcp", -1000);
    w.pcp.script.delay = 500;
    await w.tracker.look();
    expect(await inUse(w, 400)).toBeNull();
    expect(await inUse(w, 101)).toBe("pcp");
  });

  test("but not for ever", async () => {
    const w = world();
    w.hold("pcp", -1000);
    silence(w, "pcp");
    await w.tracker.look();
    expect(await inUse(w, 599)).toBeNull();
    expect(await inUse(w, 2)).toBe("nat-pmp");
  });

  test("what holds mappings of ours goes before what is better", async () => {
    const w = world();
    w.hold("upnp");
    await w.tracker.look();
    expect(await inUse(w, 0)).toBeNull();
    expect(await inUse(w, 20)).toBe("upnp");
  });

  test("what was asked for and never granted is no reason to", async () => {
    const w = world();
    w.hold("upnp");
    const [lease] = w.book.all();
    if (lease !== undefined) w.book.put({ ...lease, externalAddress: null });
    await w.tracker.look();
    expect(await inUse(w, 0)).toBe("pcp");
  });

  test("silence is told after the round, and asked again at growing distances", async () => {
    const w = world();
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(2899);
    expect(w.tracker.problem).toBeNull();
    await w.clock.advance(2);
    expect(w.tracker.problem?.code).toBe("no-response");
    expect(w.tracker.gateways[0]?.state).toBe("silent");
    await w.clock.advance(3_600_000);
    const salvoes = [...new Set(w.upnp.searches.map(({ at }) => at))];
    const rounds = salvoes.filter((_at, index) => index % 3 === 0);
    const waits = rounds.slice(1).map((at, index) => at - (rounds[index] ?? 0) - 2900);
    expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600, 600, 600].map((s) => s * 1000));
    silence(w);
    expect(await inUse(w, 610_000)).toBe("pcp");
    expect(w.tracker.problem).toBeNull();
  });

  test("a button asks a silent gateway at once", async () => {
    const w = world();
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(3000);
    silence(w);
    w.tracker.askAgain();
    expect(await inUse(w, 0)).toBe("pcp");
  });
});

describe("later", () => {
  test("a better protocol is used from the next check, if nothing of ours stands", async () => {
    for (const holds of [false, true]) {
      const w = world();
      silence(w, "pcp", "nat-pmp");
      await w.tracker.look();
      expect(await inUse(w, 3000)).toBe("upnp");
      if (holds) w.hold("upnp");
      silence(w);
      expect(await inUse(w, 600_000)).toBe(holds ? "upnp" : "pcp");
      expect(w.tracker.gateways[0]?.protocols).toEqual(["pcp", "nat-pmp", "upnp"]);
    }
  });

  test("when the gateway forgot all, the better protocol takes over", async () => {
    const w = world();
    silence(w, "pcp");
    await w.tracker.look();
    expect(await inUse(w, 3000)).toBe("nat-pmp");
    w.hold("nat-pmp");
    silence(w);
    expect(await inUse(w, 600_000)).toBe("nat-pmp");
    w.natPmp.reboot();
    w.tracker.askAgain();
    expect(await inUse(w, 10)).toBe("pcp");
    expect(w.lost).toEqual([]);
  });

  test("what is in use and answers no more makes room for what does", async () => {
    const w = world();
    await w.tracker.look();
    expect(await inUse(w, 3000)).toBe("pcp");
    w.hold("pcp");
    silence(w, "pcp", "nat-pmp");
    expect(await inUse(w, 610_000)).toBe("upnp");
    expect(w.tracker.gateways[0]?.protocols).toEqual(["upnp"]);
  });

  test("a gateway that is away for a while keeps its protocol", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(3000);
    const { mapper } = w.tracker;
    silence(w, "pcp", "nat-pmp", "upnp");
    w.lan.serve(`${ADDRESS}:5000`, () => "hang");
    await w.clock.advance(75_000);
    expect(w.tracker.problem?.code).toBe("no-response");
    expect(w.tracker.mapper).toBe(mapper);
    silence(w);
    await w.clock.advance(40_000);
    expect(w.tracker.problem).toBeNull();
    expect(w.tracker.mapper).toBe(mapper);
  });

  test("a restart shows in the next check, and is told once", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(300_000);
    w.pcp.reboot();
    w.natPmp.reboot();
    await w.clock.advance(310_000);
    expect(w.lost).toEqual(["epoch"]);
  });
});

describe("what speaks but does not map", () => {
  /** Asks the mapper in use for a port until one grants it, as the mapping loops do. */
  async function granted(w: World, within: number): Promise<MappingProtocol | null> {
    let asked: PortMapper | null = null;
    let abort = new AbortController();
    let outcome: { value: MapOutcome | undefined } = { value: undefined };
    for (let passed = 0; passed < within; passed += 10) {
      const mapper: PortMapper | null = w.tracker.mapper;
      if (mapper !== null && (mapper !== asked || outcome.value !== undefined)) {
        abort.abort();
        abort = new AbortController();
        asked = mapper;
        outcome = watch(mapper.map(wish(), abort.signal));
      }
      await w.clock.advance(10);
      if (outcome.value?.kind === "granted") return asked?.protocol ?? null;
    }
    abort.abort();
    return null;
  }
  const refusing = (w: World, result: number): void => {
    w.pcp.script.spoil = [(reply) => Uint8Array.from(reply.with(3, result))];
  };

  test("PCP without room: the next protocol", async () => {
    const w = world();
    refusing(w, 8);
    await w.tracker.look();
    expect(await granted(w, 2000)).toBe("nat-pmp");
    expect(w.tracker.gateways[0]?.protocols).toEqual(["pcp", "nat-pmp", "upnp"]);
  });

  test("a refusal waits for what has not answered yet", async () => {
    const w = world();
    silence(w, "nat-pmp");
    w.upnp.script.searchDelay = 500;
    refusing(w, 8);
    await w.tracker.look();
    await w.clock.advance(1);
    const abort = new AbortController();
    const outcome = watch(
      w.tracker.mapper?.map(wish(), abort.signal) ?? Promise.reject(new Error("nothing in use")),
    );
    await w.clock.advance(400);
    expect(outcome.value).toBeUndefined();
    await w.clock.advance(200);
    expect(w.tracker.mapper?.protocol).toBe("upnp");
  });

  test("but is told when nothing else answers", async () => {
    const w = world();
    silence(w, "nat-pmp", "upnp");
    refusing(w, 8);
    await w.tracker.look();
    await w.clock.advance(1);
    const outcome = watch(
      w.tracker.mapper?.map(wish(), never) ?? Promise.reject(new Error("nothing in use")),
    );
    await w.clock.advance(2899);
    expect(outcome.value).toMatchObject({ kind: "refused", problem: { code: "no-resources" } });
    expect(w.tracker.mapper?.protocol).toBe("pcp");
  });

  test("NAT-PMP that answers nonsense: UPnP after four seconds", async () => {
    const w = world();
    silence(w, "pcp");
    w.natPmp.script.truncatesPorts = true;
    await w.tracker.look();
    expect(await granted(w, 4000)).toBeNull();
    expect(await granted(w, 6000)).toBe("upnp");
  });

  test("a refusal that is about the one port, or the line, is no reason to leave", async () => {
    for (const result of [7, 11]) {
      const w = world();
      refusing(w, result);
      await w.tracker.look();
      expect(await granted(w, 2000)).toBeNull();
      expect(w.tracker.mapper?.protocol).toBe("pcp");
    }
  });

  test("nor one after something was granted", async () => {
    const w = world();
    await w.tracker.look();
    expect(await granted(w, 2000)).toBe("pcp");
    refusing(w, 8);
    expect(await granted(w, 2000)).toBeNull();
    expect(w.tracker.mapper?.protocol).toBe("pcp");
  });

  test("PCP that is spoken no more, as after another firmware: NAT-PMP at once", async () => {
    const w = world();
    await w.tracker.look();
    expect(await granted(w, 2000)).toBe("pcp");
    w.hold("pcp");
    // RFC 6887 appendix A: a gateway of NAT-PMP alone answers PCP in its own version.
    w.pcp.script.spoil = [() => Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 0)];
    w.pcp.script.spoilsAnnounce = true;
    expect(await granted(w, 500)).toBe("nat-pmp");
  });

  test("what a mapper can tell of the gateway passes through the choice", async () => {
    const w = world();
    silence(w, "pcp");
    await w.tracker.look();
    await w.clock.advance(3000);
    const told = watch(w.tracker.mapper?.inquire?.(never) ?? Promise.reject(new Error("cannot")));
    await w.clock.advance(10);
    expect(told.value).toEqual({ kind: "address", address: "203.0.113.7" });
  });

  test("where none maps the last keeps trying, and all get another chance in the next round", async () => {
    const w = world();
    refusing(w, 2);
    w.natPmp.script.results = { map: 2 };
    w.upnp.script.fault = (action) => (action === "AddPortMapping" ? 606 : null);
    await w.tracker.look();
    expect(await granted(w, 3000)).toBeNull();
    expect(w.tracker.mapper?.protocol).toBe("upnp");
    w.pcp.script.spoil = [];
    expect(await inUse(w, 600_000)).toBe("pcp");
    expect(await granted(w, 1000)).toBe("pcp");
  });
});

describe("announcements", () => {
  test("a burst is one, acted on within five seconds", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(100_000);
    w.pcp.reboot();
    w.natPmp.reboot();
    for (let copy = 0; copy < 3; copy += 1) {
      w.tracker.announced(w.natPmp.announcement(), w.pcp.address);
      w.tracker.announced(w.pcp.announcement(), w.pcp.address);
    }
    expect(w.lost).toEqual([]);
    await w.clock.advance(5000);
    expect(w.lost).toEqual(["announce"]);
    await w.clock.advance(60_000);
    expect(w.lost).toEqual(["announce"]);
  });

  test("somebody else's counts for nothing", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(100_000);
    w.pcp.reboot();
    w.natPmp.reboot();
    for (const from of [
      { address: "192.0.2.66", port: 5351 },
      { address: ADDRESS, port: 40_000 },
    ]) {
      w.tracker.announced(w.pcp.announcement(), from);
      w.tracker.announced(w.natPmp.announcement(), from);
    }
    await w.clock.advance(10_000);
    expect(w.lost).toEqual([]);
  });

  test("an answer that shows the same ends the wait", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(100_000);
    w.pcp.reboot();
    w.tracker.announced(w.natPmp.announcement(), w.pcp.address);
    w.natPmp.reboot();
    w.tracker.announced(w.natPmp.announcement(), w.pcp.address);
    const mapper: PortMapper | null = w.tracker.mapper;
    if (mapper !== null) watch(mapper.map(wish(), never));
    await w.clock.advance(1);
    expect(w.lost).toEqual(["epoch"]);
    await w.clock.advance(5000);
    expect(w.lost).toEqual(["epoch"]);
  });
});

describe("several gateways", () => {
  const anycast = "192.0.0.9";
  /** Who is asked, in the order of their first datagram. */
  const asking = (w: World): string[] => {
    const peers: string[] = [];
    const connect = w.network.connectUdp.bind(w.network);
    w.network.connectUdp = (peer, local) => {
      if (!peers.includes(peer.address)) peers.push(peer.address);
      return connect(peer, local);
    };
    return peers;
  };
  const serveAnycast = (w: World): FakePcpGateway =>
    new FakePcpGateway({
      clock: w.clock,
      transport: simulatedTransport(w.network, { address: anycast, port: 5351 }),
    });

  test("where the router answers nobody else hears of us", async () => {
    const w = world();
    serveAnycast(w);
    const peers = asking(w);
    await w.tracker.look();
    expect(await inUse(w, 3_600_000)).toBe("pcp");
    expect(peers).toEqual([ADDRESS]);
  });

  test("behind a silent router the anycast server is asked after a second, by PCP, and used", async () => {
    const w = world();
    silence(w, "pcp", "nat-pmp", "upnp");
    serveAnycast(w);
    const peers = asking(w);
    await w.tracker.look();
    expect(await inUse(w, 999)).toBeNull();
    expect(peers).toEqual([ADDRESS]);
    expect(await inUse(w, 2)).toBe("pcp");
    expect(w.tracker.gateway).toEqual({ address: anycast, protocols: ["pcp"] });
    expect(w.tracker.gateways).toEqual([
      { address: anycast, protocols: ["pcp"], state: "answering" },
    ]);
    await w.clock.advance(3000);
    expect(w.tracker.problem).toBeNull();
    expect(peers).toEqual([ADDRESS, anycast]);
  });

  test("the router that speaks up later takes over, unless mappings of ours stand elsewhere", async () => {
    for (const holds of [false, true]) {
      const w = world();
      silence(w, "pcp", "nat-pmp", "upnp");
      serveAnycast(w);
      await w.tracker.look();
      await w.clock.advance(3000);
      w.hold("pcp");
      const [lease] = w.book.all();
      if (holds && lease !== undefined) w.book.put({ ...lease, gateway: anycast });
      if (lease !== undefined) w.book.put({ ...lease, expiresAt: new Date(0).toISOString() });
      silence(w);
      await w.clock.advance(60_000);
      expect(w.tracker.address).toBe(holds ? anycast : ADDRESS);
    }
  });

  test("silence of all is told as early as that of one", async () => {
    const w = world();
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(2901);
    expect(w.tracker.problem?.code).toBe("no-response");
    expect(w.tracker.address).toBe(ADDRESS);
  });

  test("a silent router that announces itself is asked at once", async () => {
    const w = world();
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(10_000);
    silence(w);
    w.tracker.announced(w.pcp.announcement(), { address: "192.0.2.66", port: 5351 });
    expect(await inUse(w, 100)).toBeNull();
    w.tracker.announced(w.pcp.announcement(), w.pcp.address);
    expect(await inUse(w, 100)).toBe("pcp");
  });

  test("a route that comes and goes beside the one in use is no change", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(10);
    const { mapper } = w.tracker;
    w.network.gateways = [
      { address: null, family: 4, interface: "tun0", kind: "vpn" },
      ...w.network.gateways,
    ];
    await w.tracker.look();
    expect(w.tracker.address).toBe(ADDRESS);
    expect(w.tracker.gateway?.localAddress).toBe("192.0.2.10");
    w.network.gateways = w.network.gateways.slice(1);
    await w.tracker.look();
    await w.clock.advance(10);
    expect(w.tracker.address).toBe(ADDRESS);
    expect(w.tracker.mapper).not.toBe(mapper);
    w.network.gateways = [
      ...w.network.gateways,
      { address: "192.0.2.254", family: 4, interface: "wlan0" },
    ];
    const { mapper: later } = w.tracker;
    await w.tracker.look();
    expect(w.tracker.mapper).toBe(later);
  });
});

describe("what is known of a gateway", () => {
  const link = "a0:36:9f:11:22:33";
  /** A gateway that speaks all three, and opens ports by UPnP alone. */
  const upnpOpens = (w: World): void => {
    w.pcp.script.spoil = [(reply) => Uint8Array.from(reply.with(3, 8))];
    w.natPmp.script.results = { map: 4 };
  };
  /** The protocol by which a mapping was granted, and how many were asked for by the others before. */
  async function opened(w: World): Promise<{ by: MappingProtocol | undefined; refused: number }> {
    const asked = new Set<PortMapper>();
    const outcomes: { by: MappingProtocol; value: MapOutcome | undefined }[] = [];
    for (let passed = 0; passed < 4000; passed += 10) {
      const { mapper } = w.tracker;
      if (mapper !== null && !asked.has(mapper)) {
        asked.add(mapper);
        const seen = watch(mapper.map(wish(), never));
        outcomes.push({
          by: mapper.protocol,
          get value() {
            return seen.value;
          },
        });
      }
      await w.clock.advance(10);
      const done = outcomes.find(({ value }) => value?.kind === "granted");
      if (done !== undefined) return { by: done.by, refused: outcomes.length - 1 };
    }
    return { by: undefined, refused: outcomes.length };
  }

  test("the next run goes straight to what opened ports; not on another router of the same address", async () => {
    const first = world();
    first.network.linkAddresses.set(ADDRESS, link);
    upnpOpens(first);
    await first.tracker.look();
    expect(await opened(first)).toEqual({ by: "upnp", refused: 2 });
    for (const [mac, refused] of [
      [link, 0],
      ["a0:36:9f:11:22:99", 2],
    ] as const) {
      const w = world({ memory: first.memory });
      w.network.linkAddresses.set(ADDRESS, mac);
      upnpOpens(w);
      await w.tracker.look();
      expect(await opened(w)).toEqual({ by: "upnp", refused });
    }
  });

  test("what refused is tried again, and remembered as mended", async () => {
    const w = world();
    w.network.linkAddresses.set(ADDRESS, link);
    upnpOpens(w);
    await w.tracker.look();
    expect((await opened(w)).by).toBe("upnp");
    w.pcp.script.spoil = [];
    expect(await inUse(w, 610_000)).toBe("pcp");
    expect((await opened(w)).by).toBe("pcp");
    expect(w.memory.recall({ address: ADDRESS, link })).toMatchObject({ pcp: "grants" });
  });

  test("another router of the same address is a new gateway", async () => {
    const w = world();
    w.network.linkAddresses.set(ADDRESS, link);
    await w.tracker.look();
    await w.clock.advance(10);
    const { mapper } = w.tracker;
    await w.tracker.networkChanged();
    await w.clock.advance(10);
    expect(w.tracker.mapper).toBe(mapper);
    w.network.linkAddresses.set(ADDRESS, "a0:36:9f:11:22:99");
    await w.tracker.networkChanged();
    await w.clock.advance(10);
    expect(w.tracker.mapper?.protocol).toBe("pcp");
    expect(w.tracker.mapper).not.toBe(mapper);
  });

  test("also where that shows only once it answered", async () => {
    const w = world();
    w.network.linkAddresses.set(ADDRESS, link);
    await w.tracker.look();
    await w.clock.advance(10);
    const { mapper } = w.tracker;
    w.network.linkAddresses.clear();
    await w.tracker.networkChanged();
    w.network.linkAddresses.set(ADDRESS, "a0:36:9f:11:22:99");
    await w.clock.advance(100);
    expect(w.tracker.mapper?.protocol).toBe("pcp");
    expect(w.tracker.mapper).not.toBe(mapper);
  });

  test("is looked for a few times after it answered, not for ever", async () => {
    const w = world();
    const asked: string[] = [];
    w.network.linkAddress = (address) => {
      asked.push(address);
      return Promise.resolve(null);
    };
    await w.tracker.look();
    await w.clock.advance(24 * 3_600_000);
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.length).toBeLessThan(10);
  });
});

test("what is found out of a gateway that nothing identifies asks no more often who it is", async () => {
  const w = world();
  let asked = 0;
  w.network.linkAddress = () => {
    asked += 1;
    return Promise.resolve(null);
  };
  await w.tracker.look();
  await inUse(w, 100);
  const { mapper } = w.tracker;
  if (mapper === null) throw new Error("no mapper");
  for (let port = 1; port <= 20; port += 1) {
    const granted = watch(mapper.map(wish({ internalPort: port }), never));
    await w.clock.advanceUntil(() => granted.value !== undefined, 1000);
  }
  expect(asked).toBeLessThan(10);
});

describe("following the route", () => {
  test("another default gateway is used, none is told", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(10);
    w.network.gateways = [{ address: "192.0.2.254", family: 4, interface: "wlan0" }];
    await w.tracker.networkChanged();
    expect(w.tracker.address).toBe("192.0.2.254");
    expect(w.tracker.mapper).toBeNull();
    w.network.gateways = [];
    await w.tracker.networkChanged();
    expect(w.tracker.address).toBeNull();
    expect(w.tracker.problem?.code).toBe("no-gateway");
    expect(w.network.openSockets).toBe(0);
    w.network.gateways = [{ address: ADDRESS, family: 4, interface: "eth0" }];
    await w.tracker.networkChanged();
    expect(await inUse(w, 0)).toBe("pcp");
  });

  test("a change that is told is looked at on the spot, over new sockets", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(4000);
    w.network.localAddress = "192.0.2.11";
    const { sent } = w.network;
    await w.tracker.networkChanged();
    await w.clock.advance(1);
    expect(w.network.sent).toBe(sent + 6);
    expect(w.pcp.received.at(-1)?.from.address).toBe("192.0.2.11");
    w.network.gateways = [{ address: "192.0.2.254", family: 4, interface: "wlan0" }];
    await w.tracker.networkChanged();
    expect(w.tracker.address).toBe("192.0.2.254");
  });

  test("a change while we are still asking begins again", async () => {
    const w = world();
    w.network.localAddress = "169.254.1.1";
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(2000);
    w.network.localAddress = "192.0.2.10";
    silence(w);
    await w.tracker.networkChanged();
    expect(await inUse(w, 0)).toBe("pcp");
    expect(w.pcp.received.at(-1)?.from.address).toBe("192.0.2.10");
  });

  test("routes that cannot be read are no news", async () => {
    const w = world();
    await w.tracker.look();
    await w.clock.advance(10);
    const { mapper } = w.tracker;
    w.network.defaultRoutes = () => Promise.reject(new Error("EACCES"));
    await w.tracker.networkChanged();
    expect(w.tracker.mapper).toBe(mapper);
  });

  test("the gateway named by hand is used whatever the routes say", async () => {
    const w = world();
    w.network.gateways = [{ address: "192.0.2.254", family: 4, interface: "wlan0" }];
    w.byHand = ADDRESS;
    await w.tracker.look();
    expect(await inUse(w, 10)).toBe("pcp");
    w.byHand = null;
    await w.tracker.look();
    expect(w.tracker.address).toBe("192.0.2.254");
  });

  test("close leaves nothing", async () => {
    const w = world();
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(500);
    w.tracker.close();
    await w.clock.advance(0);
    expect([w.clock.pending, w.network.openSockets]).toEqual([0, 0]);
  });
});
