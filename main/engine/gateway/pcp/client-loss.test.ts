import { describe, expect, test } from "vitest";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";

/** Milliseconds that a lost datagram may cost. */
const ALLOWED = 300;

describe("one lost datagram costs little", () => {
  test("the request", async () => {
    const { clock, network, gateway, client } = pcpWorld();
    network.toServer = { loss: 0, duplication: 0, delay: 20, spread: 0 };
    network.toClient = network.toServer;
    gateway.script.drop = 1;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(ALLOWED);
    expect(outcome.value).toEqual(granted);
    expect(gateway.received.map(({ request }) => request?.body.opcode)).toEqual([
      "map",
      "announce",
      "map",
    ]);
  });

  test("its answer", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.loseReplies = 1;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(ALLOWED);
    expect(outcome.value).toEqual(granted);
    expect(gateway.server.mappings).toHaveLength(1);
  });

  test("the deletion", async () => {
    const { clock, gateway, client } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(0);
    gateway.script.drop = 1;
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(ALLOWED);
    expect(gone.value).toEqual({ kind: "gone" });
  });

  test("the first of all, which asks whether PCP is spoken", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.drop = 1;
    const speaks = watch(client.probe(never));
    await clock.advance(ALLOWED);
    expect(speaks.value).toBe(true);
  });

  test("of all that is under way at once, by one question", async () => {
    const { clock, random, gateway, client } = pcpWorld();
    gateway.script.drop = 4;
    const outcomes = Array.from({ length: 50 }, (_, index) =>
      watch(client.map(wish({ internalPort: 1000 + index, nonce: random.bytes(12) }), never)),
    );
    await clock.advance(ALLOWED);
    expect(outcomes.filter(({ value }) => value?.kind === "granted")).toHaveLength(50);
    expect(gateway.announces).toHaveLength(1);
    expect(gateway.maps).toHaveLength(54);
  });
});

describe("whatever else is asked meanwhile", () => {
  test.each([0, 20, 100, 180, 199, 200, 201, 300])(
    "two are lost, the second %i ms after the first",
    async (apart) => {
      const { clock, random, gateway, client } = pcpWorld();
      const heard = new Set<number>();
      gateway.script.loses = ({ body }) => {
        if (body.opcode !== "map" || heard.has(body.internalPort)) return false;
        heard.add(body.internalPort);
        return true;
      };
      const took: number[] = [];
      const ask = async (internalPort: number): Promise<void> => {
        const begun = clock.monotonic();
        await client.map(wish({ internalPort, nonce: random.bytes(12) }), never);
        took.push(clock.monotonic() - begun);
      };
      void ask(1000);
      clock.after(apart, () => void ask(1001));
      await clock.advance(10_000);
      expect(took).toHaveLength(2);
      expect(Math.max(...took)).toBeLessThanOrEqual(ALLOWED);
      expect(gateway.maps).toHaveLength(4);
    },
  );

  test("its ANNOUNCE is lost too: another follows", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.drop = 2;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(600);
    expect(outcome.value).toEqual(granted);
    expect(gateway.announces).toHaveLength(2);
    expect(gateway.maps).toHaveLength(2);
  });

  test("what is sent again is lost too: it is sent once more", async () => {
    const { clock, gateway, client } = pcpWorld();
    let maps = 0;
    gateway.script.loses = ({ body }) => body.opcode === "map" && (maps += 1) <= 2;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(2 * ALLOWED);
    expect(outcome.value).toEqual(granted);
    expect(gateway.maps).toHaveLength(3);
  });

  test("a busy server, which takes a quarter of a second each, gets each once", async () => {
    const { clock, random, gateway, client } = pcpWorld();
    gateway.script.work = 250;
    const outcomes = Array.from({ length: 20 }, (_, index) =>
      watch(client.map(wish({ internalPort: 1000 + index, nonce: random.bytes(12) }), never)),
    );
    await clock.advance(5000);
    expect(outcomes.filter(({ value }) => value?.kind === "granted")).toHaveLength(20);
    expect(gateway.maps).toHaveLength(20);
    expect(gateway.announces.length).toBeLessThanOrEqual(40);
  });
});

describe("and nothing else", () => {
  test("without a loss no datagram is spent on it", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.delay = 149;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(10_000);
    expect(outcome.value).toEqual(granted);
    expect(gateway.received).toHaveLength(1);
  });

  test("a slow server that answers in order gets two ANNOUNCE, and its MAP once", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.delay = 800;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(10_000);
    expect(outcome.value).toEqual(granted);
    expect(gateway.maps).toHaveLength(1);
    expect(gateway.announces).toHaveLength(2);
  });

  test("to a silent server the schedule of §8.1.1 stays as it is", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.silent = true;
    watch(client.map(wish(), never));
    await clock.advance(30_000);
    expect(gateway.announces).toHaveLength(3);
    expect(gateway.maps).toHaveLength(4);
    const second = gateway.maps[1]?.at ?? 0;
    expect(second).toBeGreaterThanOrEqual(2700);
    expect(second).toBeLessThanOrEqual(3300);
  });

  test("after a MAP that was sent again on evidence too", async () => {
    const { clock, gateway, client } = pcpWorld();
    // The server lives, and yet never answers this one.
    gateway.script.spoil = [replies.withWrongNonce];
    watch(client.map(wish(), never));
    await clock.advance(30_000);
    const times = gateway.maps.map(({ at }) => at);
    expect(times).toHaveLength(6);
    expect(times.slice(0, 3)).toEqual([0, 150, 300]);
    expect(times[3]).toBeGreaterThanOrEqual(2700);
    expect(times[4]).toBeGreaterThanOrEqual(2700 + 2 * 2700 * 0.9);
    expect(gateway.announces).toHaveLength(2);
  });

  test("a renewal stays a single datagram (§11.2.1)", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.drop = 1;
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(10_000);
    expect(gateway.received).toHaveLength(1);
  });

  test("its answer moves the epoch like any other", async () => {
    const { clock, gateway, client, lost } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(100_000);
    gateway.reboot();
    gateway.script.drop = 1;
    watch(client.map(wish(), never));
    await clock.advance(ALLOWED);
    expect(lost).toEqual(["epoch"]);
  });
});
