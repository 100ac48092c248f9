/** Which of several gateways is used. */
import { describe, expect, test } from "vitest";
import { FakePcpGateway } from "../../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../../test/gateway/transports.ts";
import {
  ADDRESS,
  inUse,
  silence,
  trackerWorld,
  type World,
} from "../../../test/gateway/tracker-world.ts";

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
    const w = trackerWorld();
    serveAnycast(w);
    const peers = asking(w);
    await w.tracker.look();
    expect(await inUse(w, 3_600_000)).toBe("pcp");
    expect(peers).toEqual([ADDRESS]);
  });

  test("behind a silent router the anycast server is asked when no ordinary answer is due any more, by PCP, and used", async () => {
    const w = trackerWorld();
    silence(w, "pcp", "nat-pmp", "upnp");
    serveAnycast(w);
    const peers = asking(w);
    await w.tracker.look();
    expect(await inUse(w, 1249)).toBeNull();
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

  test("a router that takes the whole second of a search is waited for", async () => {
    const w = trackerWorld();
    silence(w, "pcp", "nat-pmp");
    w.upnp.script.answersTo = ["ssdp:all"];
    w.upnp.script.searchDelay = 1000;
    serveAnycast(w);
    const peers = asking(w);
    await w.tracker.look();
    expect(await inUse(w, 3000)).toBe("upnp");
    expect(w.tracker.address).toBe(ADDRESS);
    expect(peers).toEqual([ADDRESS]);
  });

  test("the router that speaks up later takes over, unless mappings of ours stand elsewhere", async () => {
    for (const holds of [false, true]) {
      const w = trackerWorld();
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
    const w = trackerWorld();
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(2901);
    expect(w.tracker.problem?.code).toBe("no-response");
    expect(w.tracker.address).toBe(ADDRESS);
  });

  test("a silent router that announces itself is asked at once", async () => {
    const w = trackerWorld();
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
    const w = trackerWorld();
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
