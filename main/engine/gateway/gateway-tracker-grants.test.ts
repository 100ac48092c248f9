/** What speaks and does not map makes room for what does. */
import { describe, expect, test } from "vitest";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import { never, watch, wish } from "../../../test/gateway/pcp-world.ts";
import type { MapOutcome, PortMapper } from "./port-mapper.ts";
import { inUse, silence, trackerWorld, type World } from "../../../test/gateway/tracker-world.ts";

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
    const w = trackerWorld();
    refusing(w, 8);
    await w.tracker.look();
    expect(await granted(w, 2000)).toBe("nat-pmp");
    expect(w.tracker.gateways[0]?.protocols).toEqual(["pcp", "nat-pmp", "upnp"]);
  });

  test("a refusal waits for what has not answered yet", async () => {
    const w = trackerWorld();
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
    const w = trackerWorld();
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
    const w = trackerWorld();
    silence(w, "pcp");
    w.natPmp.script.truncatesPorts = true;
    await w.tracker.look();
    expect(await granted(w, 4000)).toBeNull();
    expect(await granted(w, 6000)).toBe("upnp");
  });

  test("a refusal that is about the one port, or the line, is no reason to leave", async () => {
    for (const result of [7, 11]) {
      const w = trackerWorld();
      refusing(w, result);
      await w.tracker.look();
      expect(await granted(w, 2000)).toBeNull();
      expect(w.tracker.mapper?.protocol).toBe("pcp");
    }
  });

  test("nor one after something was granted", async () => {
    const w = trackerWorld();
    await w.tracker.look();
    expect(await granted(w, 2000)).toBe("pcp");
    refusing(w, 8);
    expect(await granted(w, 2000)).toBeNull();
    expect(w.tracker.mapper?.protocol).toBe("pcp");
  });

  test("PCP that is spoken no more, as after another firmware: NAT-PMP at once", async () => {
    const w = trackerWorld();
    await w.tracker.look();
    expect(await granted(w, 2000)).toBe("pcp");
    w.hold("pcp");
    // RFC 6887 appendix A: a gateway of NAT-PMP alone answers PCP in its own version.
    w.pcp.script.spoil = [() => Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 0)];
    w.pcp.script.spoilsAnnounce = true;
    expect(await granted(w, 500)).toBe("nat-pmp");
  });

  test("what a mapper can tell of the gateway passes through the choice", async () => {
    const w = trackerWorld();
    silence(w, "pcp");
    await w.tracker.look();
    await w.clock.advance(3000);
    const told = watch(w.tracker.mapper?.inquire?.(never) ?? Promise.reject(new Error("cannot")));
    await w.clock.advance(10);
    expect(told.value).toEqual({ kind: "address", address: "203.0.113.7" });
  });

  test("where none maps the last keeps trying, and all get another chance in the next round", async () => {
    const w = trackerWorld();
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
