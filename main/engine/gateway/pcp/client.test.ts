import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { settled } from "../../../../test/fixtures/simulated-clock.ts";
import { granted, never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";

describe("the plain course", () => {
  test("probe, map, renew, delete", async () => {
    const { clock, gateway, client, lost } = pcpWorld();
    const speaks = watch(client.probe(never));
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(speaks.value).toBe(true);
    expect(outcome.value).toEqual(granted);
    expect(gateway.maps[0]?.request).toMatchObject({
      lifetime: 7200,
      clientAddress: "192.0.2.10",
      body: { protocol: 6, internalPort: 8080, externalPort: 8080, externalAddress: "0.0.0.0" },
      options: [],
    });
    await clock.advance(3_600_000);
    const again = watch(
      client.map(wish({ suggestedAddress: "203.0.113.7", renewal: true }), never),
    );
    await clock.advance(0);
    expect(again.value).toEqual(granted);
    expect(gateway.server.mappings).toHaveLength(1);
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(0);
    expect(gone.value).toEqual({ kind: "gone" });
    expect(gateway.maps.at(-1)?.request).toMatchObject({
      lifetime: 0,
      body: { externalPort: 0, externalAddress: "0.0.0.0" },
    });
    expect(gateway.server.mappings).toEqual([]);
    expect(lost).toEqual([]);
    client.close();
  });

  test("a thousand renewals stay one mapping and leave nothing behind", async () => {
    const { clock, gateway, client, network, lost } = pcpWorld();
    const listeners = getEventListeners(never, "abort").length;
    for (let renewal = 0; renewal < 1000; renewal += 1) {
      const outcome = watch(client.map(wish({ renewal: renewal > 0 }), never));
      await clock.advance(4_000_000);
      expect(outcome.value).toEqual(granted);
    }
    expect(gateway.received).toHaveLength(1000);
    expect(gateway.server.mappings).toHaveLength(1);
    expect(lost).toEqual([]);
    // The socket was given up in each pause.
    expect(network.opened).toBe(1000);
    expect(network.openSockets).toBe(0);
    expect(clock.pending).toBe(0);
    expect(getEventListeners(never, "abort")).toHaveLength(listeners);
  });

  test("five hundred questions at once share one socket and each gets its own answer", async () => {
    const { clock, random, client, network } = pcpWorld();
    const wishes = Array.from({ length: 500 }, (_, index) =>
      wish({ internalPort: 1000 + index, suggestedPort: 1000 + index, nonce: random.bytes(12) }),
    );
    const outcomes = wishes.map((request) => watch(client.map(request, never)));
    await clock.advance(0);
    expect(outcomes.map(({ value }) => value)).toEqual(
      wishes.map(({ suggestedPort }) => ({ ...granted, externalPort: suggestedPort })),
    );
    expect(network.opened).toBe(1);
  });

  test("the port the gateway chose is told", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.occupy("tcp", 8080);
    const outcome = watch(client.map(wish(), never));
    await clock.advance(0);
    expect(outcome.value).toEqual({ ...granted, externalPort: 8081 });
  });
});

describe("retransmission", () => {
  test("MAP: 3 s doubling to 1024 s, each ±10 %, without end", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.silent = true;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(20_000_000);
    const times = gateway.maps.map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(times[0]).toBe(0);
    expect(gaps.length).toBeGreaterThan(20);
    let previous = 1500;
    for (const gap of gaps) {
      const base = Math.min(2 * previous, 1_024_000);
      expect(gap).toBeGreaterThanOrEqual(base * 0.9 - 1e-6);
      expect(gap).toBeLessThanOrEqual(base * 1.1 + 1e-6);
      previous = gap;
    }
    expect(new Set(gateway.maps.map(({ bytes }) => Buffer.from(bytes).toString("hex"))).size).toBe(
      1,
    );
    gateway.script.silent = false;
    await clock.advance(1_200_000);
    expect(outcome.value).toEqual(granted);
    const { length } = gateway.maps;
    await clock.advance(20_000_000);
    expect(gateway.maps).toHaveLength(length);
  });

  test("a probe asks after 200, 400, 800 ms; one lost packet costs a fifth of a second", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.drop = 3;
    const speaks = watch(client.probe(never));
    await clock.advance(1399);
    expect(speaks.value).toBeUndefined();
    await clock.advance(1);
    expect(speaks.value).toBe(true);
    expect(gateway.announces.map(({ at }) => at)).toEqual([0, 200, 600, 1400]);
  });

  test("a renewal is a single datagram (§11.2.1)", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.silent = true;
    const outcome = watch(client.map(wish({ renewal: true }), never));
    await clock.advance(3_600_000);
    expect(gateway.maps).toHaveLength(1);
    expect(outcome).toEqual({ value: undefined, error: undefined });
  });

  test("the answer to the first datagram counts after the second was sent", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.delay = 4000;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(4000);
    expect(outcome.value).toEqual(granted);
    await clock.advance(60_000);
    expect(gateway.maps).toHaveLength(2);
  });

  test("an abort ends it with its reason, and nothing is sent after", async () => {
    const { clock, gateway, client } = pcpWorld();
    gateway.script.silent = true;
    const abort = new AbortController();
    const outcomes = [
      watch<unknown>(client.map(wish(), abort.signal)),
      watch<unknown>(client.unmap(wish(), abort.signal)),
      watch<unknown>(client.probe(abort.signal)),
    ];
    await clock.advance(100);
    const reason = new Error("enough");
    abort.abort(reason);
    await settled();
    expect(outcomes.map(({ error }) => error)).toEqual([reason, reason, reason]);
    const { length } = gateway.received;
    await clock.advance(100_000);
    expect(gateway.received).toHaveLength(length);
    await expect(client.map(wish(), abort.signal)).rejects.toBe(reason);
    expect(gateway.received).toHaveLength(length);
  });

  test("close rejects what is open and leaves neither timer nor socket", async () => {
    const { clock, gateway, client, network } = pcpWorld();
    gateway.script.silent = true;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(100);
    client.close();
    await settled();
    expect(outcome.error).toBeInstanceOf(Error);
    expect(clock.pending).toBe(0);
    expect(network.openSockets).toBe(0);
    await expect(client.probe(never)).rejects.toThrow("closed");
  });
});
