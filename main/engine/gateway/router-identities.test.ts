/** Gateways are told apart, and remembered, by who they are. */
import { describe, expect, test } from "vitest";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import { never, watch, wish } from "../../../test/gateway/pcp-world.ts";
import type { MapOutcome, PortMapper } from "./port-mapper.ts";
import { ADDRESS, inUse, trackerWorld, type World } from "../../../test/gateway/tracker-world.ts";

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
    const first = trackerWorld();
    first.network.linkAddresses.set(ADDRESS, link);
    upnpOpens(first);
    await first.tracker.look();
    expect(await opened(first)).toEqual({ by: "upnp", refused: 2 });
    for (const [mac, refused] of [
      [link, 0],
      ["a0:36:9f:11:22:99", 2],
    ] as const) {
      const w = trackerWorld({ memory: first.memory });
      w.network.linkAddresses.set(ADDRESS, mac);
      upnpOpens(w);
      await w.tracker.look();
      expect(await opened(w)).toEqual({ by: "upnp", refused });
    }
  });

  test("what refused is tried again, and remembered as mended", async () => {
    const w = trackerWorld();
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
    const w = trackerWorld();
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
    const w = trackerWorld();
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
    const w = trackerWorld();
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
  const w = trackerWorld();
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
