import { describe, expect, test } from "vitest";
import { silentLog } from "../../../../test/fixtures/environment.ts";
import { SimulatedClock, settled } from "../../../../test/fixtures/simulated-clock.ts";
import type { LocalAddress, MulticastListener, UdpAddress } from "../../environment.ts";
import type { LanWorld } from "./lan-world.ts";
import { LanWorlds } from "./lan-worlds.ts";

type Receive = (datagram: Uint8Array, from: UdpAddress) => void;

function own(address: string): LocalAddress {
  return { interface: "eth0", family: 4, address, prefixLength: 24 };
}

function setUp() {
  const clock = new SimulatedClock();
  const lists: (readonly LanWorld[])[] = [];
  const open = new Set<Receive>();
  const state = { addresses: [own("192.0.2.10")], refuses: false, opened: 0 };
  let fail = (): void => undefined;
  const worlds = new LanWorlds({
    clock,
    log: silentLog,
    lan: {
      localAddresses: () => state.addresses,
      async listenMulticast({ group, port }): Promise<MulticastListener> {
        if (state.refuses) throw Object.assign(new Error("no"), { code: "EADDRINUSE" });
        expect(`${group}:${port}`).toBe("224.0.2.60:4445");
        state.opened += 1;
        let receive: Receive = () => undefined;
        return {
          onMessage: (listener) => {
            receive = listener;
            open.add(receive);
          },
          onError: (listener) => {
            fail = () => listener(new Error("ENETDOWN"));
          },
          close: () => void open.delete(receive),
        };
      },
    },
    onChange: (list) => lists.push(list),
  });
  const say = (text: string, address = "192.0.2.10"): void => {
    for (const receive of open) receive(new TextEncoder().encode(text), { address, port: 50_000 });
  };
  return { clock, worlds, lists, open, state, say, fail: () => fail() };
}

const announcement = (motd: string, port: number): string => `[MOTD]${motd}[/MOTD][AD]${port}[/AD]`;

describe("LanWorlds", () => {
  test("tells of a world once, of its new name, and of its end", async () => {
    const { clock, worlds, lists, say } = setUp();
    await worlds.start();
    for (let round = 0; round < 20; round += 1) {
      say(announcement("Ann - Garden", 54_321));
      await clock.advance(1500);
    }
    expect(lists).toEqual([[{ motd: "Ann - Garden", port: 54_321 }]]);
    say(announcement("Ann - Cave", 54_321));
    expect(lists.at(-1)).toEqual([{ motd: "Ann - Cave", port: 54_321 }]);
    await clock.advance(5999);
    expect(lists).toHaveLength(2);
    await clock.advance(1);
    expect(lists.at(-1)).toEqual([]);
  });

  test("hears this PC alone", async () => {
    const { worlds, lists, say } = setUp();
    await worlds.start();
    say(announcement("Ben", 1), "192.0.2.77");
    say("garbage");
    expect(lists).toEqual([]);
  });

  test("keeps eight worlds at most, sorted, each with its own end", async () => {
    const { clock, worlds, lists, say } = setUp();
    await worlds.start();
    for (let port = 20; port > 0; port -= 1) say(announcement("x", port));
    expect(lists.at(-1)?.map(({ port }) => port)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
    await clock.advance(3000);
    say(announcement("x", 15));
    await clock.advance(3000);
    expect(lists.at(-1)?.map(({ port }) => port)).toEqual([15]);
    await clock.advance(3000);
    expect(lists.at(-1)).toEqual([]);
  });

  test("listens anew where the addresses changed, and after a failure", async () => {
    const { clock, worlds, lists, say, state, open, fail } = setUp();
    state.refuses = true;
    await worlds.start();
    expect(open.size).toBe(0);
    state.refuses = false;
    await clock.advance(30_000);
    expect(open.size).toBe(1);
    await clock.advance(60_000);
    expect(state.opened).toBe(1);
    state.addresses = [own("198.51.100.4")];
    await clock.advance(30_000);
    expect([state.opened, open.size]).toEqual([2, 1]);
    say(announcement("x", 7), "192.0.2.10");
    expect(lists).toEqual([]);
    say(announcement("x", 7), "198.51.100.4");
    expect(lists).toHaveLength(1);
    fail();
    await clock.advance(30_000);
    expect([state.opened, open.size]).toEqual([3, 1]);
  });

  test("stopped, it leaves nothing behind, even while it opens", async () => {
    const first = setUp();
    await first.worlds.start();
    first.say(announcement("x", 7));
    first.worlds.stop();
    expect([first.open.size, first.clock.pending]).toEqual([0, 0]);
    const late = setUp();
    const starting = late.worlds.start();
    late.worlds.stop();
    await starting;
    await settled();
    expect([late.open.size, late.clock.pending]).toEqual([0, 0]);
  });
});
