import { describe, expect, test } from "vitest";
import { never, watch, wish } from "../../../test/gateway/pcp-world.ts";
import type { PortMapper } from "./port-mapper.ts";
import { ADDRESS, inUse, silence, trackerWorld } from "../../../test/gateway/tracker-world.ts";

describe("the choice", () => {
  test("PCP wins at once; one datagram a protocol; all that answered are listed", async () => {
    const w = trackerWorld();
    await w.tracker.look();
    expect(await inUse(w, 0)).toBe("pcp");
    await w.clock.advance(20);
    expect(w.network.sent).toBe(3);
    expect(w.tracker.gateways).toEqual([
      { address: ADDRESS, protocols: ["pcp", "nat-pmp", "upnp"], state: "answering" },
    ]);
    await w.clock.advance(3000);
    expect(w.network.sent).toBe(3);
  });

  test("a worse answer waits for a better one, a quarter of a second", async () => {
    const w = trackerWorld();
    w.pcp.script.delay = 200;
    await w.tracker.look();
    expect(await inUse(w, 199)).toBeNull();
    expect(w.tracker.gateways[0]?.state).toBe("answering");
    expect(await inUse(w, 2)).toBe("pcp");
  });

  test("and no longer", async () => {
    const w = trackerWorld();
    silence(w, "pcp");
    await w.tracker.look();
    expect(await inUse(w, 249)).toBeNull();
    expect(await inUse(w, 2)).toBe("nat-pmp");
    expect(w.changes.filter((protocol) => protocol !== null)).not.toContain("upnp");
  });

  test("nor for what has said no", async () => {
    const w = trackerWorld();
    silence(w, "upnp");
    // A gateway of NAT-PMP alone answers PCP in its own version (RFC 6887 appendix A).
    w.pcp.script.spoil = [() => Uint8Array.of(0, 0x80, 0, 1, 0, 0, 0, 0)];
    w.pcp.script.spoilsAnnounce = true;
    await w.tracker.look();
    expect(await inUse(w, 0)).toBe("nat-pmp");
  });

  test("UPnP alone", async () => {
    const w = trackerWorld();
    silence(w, "pcp", "nat-pmp");
    await w.tracker.look();
    expect(await inUse(w, 300)).toBe("upnp");
    expect(w.tracker.gateways[0]?.protocols).toEqual(["upnp"]);
    expect(w.tracker.problem).toBeNull();
  });

  test("what worked here before is waited for longer", async () => {
    const w = trackerWorld();
    w.hold("pcp", -1000);
    w.pcp.script.delay = 500;
    await w.tracker.look();
    expect(await inUse(w, 400)).toBeNull();
    expect(await inUse(w, 101)).toBe("pcp");
  });

  test("but not for ever", async () => {
    const w = trackerWorld();
    w.hold("pcp", -1000);
    silence(w, "pcp");
    await w.tracker.look();
    expect(await inUse(w, 599)).toBeNull();
    expect(await inUse(w, 2)).toBe("nat-pmp");
  });

  test("what holds mappings of ours goes before what is better", async () => {
    const w = trackerWorld();
    w.hold("upnp");
    await w.tracker.look();
    expect(await inUse(w, 0)).toBeNull();
    expect(await inUse(w, 20)).toBe("upnp");
  });

  test("what was asked for and never granted is no reason to", async () => {
    const w = trackerWorld();
    w.hold("upnp");
    const [lease] = w.book.all();
    if (lease !== undefined) w.book.put({ ...lease, externalAddress: null });
    await w.tracker.look();
    expect(await inUse(w, 0)).toBe("pcp");
  });

  test("silence is told after the round, and asked again at growing distances", async () => {
    const w = trackerWorld();
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(2899);
    expect(w.tracker.problem).toBeNull();
    await w.clock.advance(2);
    expect(w.tracker.problem?.code).toBe("no-response");
    expect(w.tracker.gateways[0]?.state).toBe("silent");
    await w.clock.advance(3_600_000);
    const salvoes = [...new Set(w.upnp.searches.map(({ at }) => at))];
    const rounds = salvoes.filter((_at, index) => index % 4 === 0);
    const waits = rounds.slice(1).map((at, index) => at - (rounds[index] ?? 0) - 2900);
    expect(waits).toEqual([8, 16, 32, 64, 128, 256, 512, 600, 600, 600, 600].map((s) => s * 1000));
    silence(w);
    expect(await inUse(w, 610_000)).toBe("pcp");
    expect(w.tracker.problem).toBeNull();
  });

  test("a button asks a silent gateway at once", async () => {
    const w = trackerWorld();
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
      const w = trackerWorld();
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
    const w = trackerWorld();
    silence(w, "pcp");
    await w.tracker.look();
    expect(await inUse(w, 3000)).toBe("nat-pmp");
    w.hold("nat-pmp");
    silence(w);
    expect(await inUse(w, 600_000)).toBe("nat-pmp");
    w.natPmp.reboot();
    w.tracker.askAgain();
    expect(await inUse(w, 5000)).toBe("pcp");
    expect(w.lost).toEqual([]);
  });

  test("what is in use and answers no more makes room for what does", async () => {
    const w = trackerWorld();
    await w.tracker.look();
    expect(await inUse(w, 3000)).toBe("pcp");
    w.hold("pcp");
    silence(w, "pcp", "nat-pmp");
    expect(await inUse(w, 610_000)).toBe("upnp");
    expect(w.tracker.gateways[0]?.protocols).toEqual(["upnp"]);
  });

  test("a gateway that is away for a while keeps its protocol", async () => {
    const w = trackerWorld();
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
    const w = trackerWorld();
    await w.tracker.look();
    await w.clock.advance(300_000);
    w.pcp.reboot();
    w.natPmp.reboot();
    await w.clock.advance(310_000);
    expect(w.lost).toEqual(["epoch"]);
  });
});

describe("announcements", () => {
  test("a burst is one, acted on within five seconds", async () => {
    const w = trackerWorld();
    await w.tracker.look();
    await w.clock.advance(90_000);
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

  test.each([0.001, 0.25, 0.999])(
    "the wait is any share of five seconds (RFC 6887 §14.1.3), here %f of it",
    async (share) => {
      const w = trackerWorld();
      await w.tracker.look();
      await w.clock.advance(90_000);
      w.environment.random.fraction = () => share;
      w.pcp.reboot();
      w.tracker.announced(w.pcp.announcement(), w.pcp.address);
      await w.clock.advance(share * 5000 - 2);
      expect(w.lost).toEqual([]);
      await w.clock.advance(3);
      expect(w.lost).toEqual(["announce"]);
    },
  );

  test("somebody else's counts for nothing", async () => {
    const w = trackerWorld();
    await w.tracker.look();
    await w.clock.advance(90_000);
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
    const w = trackerWorld();
    await w.tracker.look();
    await w.clock.advance(90_000);
    w.pcp.reboot();
    w.tracker.announced(w.natPmp.announcement(), w.pcp.address);
    w.natPmp.reboot();
    w.tracker.announced(w.natPmp.announcement(), w.pcp.address);
    await w.clock.advance(1);
    expect(w.lost).toEqual([]);
    const mapper: PortMapper | null = w.tracker.mapper;
    if (mapper !== null) watch(mapper.map(wish(), never));
    await w.clock.advance(1);
    expect(w.lost).toEqual(["epoch"]);
    await w.clock.advance(5000);
    expect(w.lost).toEqual(["epoch"]);
  });
});

describe("following the route", () => {
  test("another default gateway is used, none is told", async () => {
    const w = trackerWorld();
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
    const w = trackerWorld();
    await w.tracker.look();
    await w.clock.advance(4000);
    w.network.localAddress = "192.0.2.11";
    const { sent } = w.network;
    await w.tracker.networkChanged();
    await w.clock.advance(1);
    expect(w.network.sent).toBe(sent + 3);
    expect(w.pcp.received.at(-1)?.from.address).toBe("192.0.2.11");
    w.network.gateways = [{ address: "192.0.2.254", family: 4, interface: "wlan0" }];
    await w.tracker.networkChanged();
    expect(w.tracker.address).toBe("192.0.2.254");
  });

  test("a change while we are still asking begins again", async () => {
    const w = trackerWorld();
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
    const w = trackerWorld();
    await w.tracker.look();
    await w.clock.advance(10);
    const { mapper } = w.tracker;
    w.network.defaultRoutes = () => Promise.reject(new Error("EACCES"));
    await w.tracker.networkChanged();
    expect(w.tracker.mapper).toBe(mapper);
  });

  test("the gateway named by hand is used whatever the routes say", async () => {
    const w = trackerWorld();
    w.network.gateways = [{ address: "192.0.2.254", family: 4, interface: "wlan0" }];
    w.byHand = ADDRESS;
    await w.tracker.look();
    expect(await inUse(w, 10)).toBe("pcp");
    w.byHand = null;
    await w.tracker.look();
    expect(w.tracker.address).toBe("192.0.2.254");
  });

  test("close leaves nothing", async () => {
    const w = trackerWorld();
    silence(w, "pcp", "nat-pmp", "upnp");
    await w.tracker.look();
    await w.clock.advance(500);
    w.tracker.close();
    await w.clock.advance(0);
    expect([w.clock.pending, w.network.openSockets]).toEqual([0, 0]);
  });
});
