import { describe, expect, test } from "vitest";
import { natPmpWorld } from "../../../../test/gateway/natpmp-world.ts";
import { granted, never, watch, wish } from "../../../../test/gateway/pcp-world.ts";

describe("probe", () => {
  test("one datagram of two bytes", async () => {
    const { clock, gateway, client } = natPmpWorld();
    const speaks = watch(client.probe(never));
    await clock.advance(1);
    expect(speaks.value).toBe(true);
    expect(gateway.received.map(({ request }) => request)).toEqual([{ kind: "address" }]);
    expect(client.externalAddress).toBe("203.0.113.7");
  });

  test("silence: nine sends, each wait twice the one before", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.silent = true;
    const speaks = watch(client.probe(never));
    await clock.advance(127_749);
    expect(speaks.value).toBeUndefined();
    await clock.advance(1);
    expect(speaks.value).toBe(false);
    expect(gateway.received.map(({ at }) => at)).toEqual([
      0, 250, 750, 1750, 3750, 7750, 15_750, 31_750, 63_750,
    ]);
  });

  test("closed port, PCP alone, refused version", async () => {
    const closed = natPmpWorld();
    await closed.gateway.close();
    const first = watch(closed.client.probe(never));
    await closed.clock.advance(1);
    expect(first.value).toBe(false);

    const versionTwo = { version: 2, results: { address: 1 } };
    for (const change of [versionTwo, { results: { address: 1 }, errorLength: 8 }]) {
      const { clock, gateway, client } = natPmpWorld();
      Object.assign(gateway.script, change);
      const speaks = watch(client.probe(never));
      await clock.advance(1);
      expect(speaks.value).toBe(false);
    }
  });

  test("a gateway without an address speaks it all the same", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.results = { address: 3 };
    gateway.script.errorLength = 4;
    const speaks = watch(client.probe(never));
    await clock.advance(1);
    expect(speaks.value).toBe(true);
  });

  test("aborts with the signal's reason and leaves no timer", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.silent = true;
    const abort = new AbortController();
    const speaks = watch(client.probe(abort.signal));
    await clock.advance(300);
    abort.abort("enough");
    await clock.advance(1);
    expect(speaks.error).toBe("enough");
    client.close();
    expect(clock.pending).toBe(0);
  });
});

describe("map", () => {
  test("asks for the mapping and the address, one after the other", async () => {
    const { clock, gateway, client } = natPmpWorld();
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toEqual(granted);
    expect(gateway.received.map(({ request }) => request?.kind)).toEqual(["map", "address"]);
  });

  test("an address told just now is not asked for again", async () => {
    const { clock, gateway, client } = natPmpWorld();
    watch(client.probe(never));
    await clock.advance(1);
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toEqual(granted);
    expect(gateway.received).toHaveLength(2);
    await clock.advance(20_000);
    gateway.externalAddress = "203.0.113.8";
    const renewed = watch(client.map(wish({ renewal: true }), never));
    await clock.advance(1);
    expect(renewed.value).toMatchObject({ externalAddress: "203.0.113.8" });
  });

  test("never asks for port 0 (MikroTik)", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.refusesPortZero = true;
    const outcome = watch(client.map(wish({ suggestedPort: 0 }), never));
    await clock.advance(1);
    expect(outcome.value).toEqual(granted);
  });

  test("60 s lifetimes (ProtonVPN) are told as granted", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.maximumLifetime = 60;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toMatchObject({ lifetime: 60 });
  });

  test("a lost datagram holds up the others until it is sent again", async () => {
    const { clock, gateway, client } = natPmpWorld();
    watch(client.probe(never));
    await clock.advance(1);
    gateway.script.drop = 1;
    const first = watch(client.map(wish(), never));
    const second = watch(client.map(wish({ internalPort: 9090, suggestedPort: 9090 }), never));
    await clock.advance(251);
    expect(second.value).toMatchObject({ kind: "granted", externalPort: 9090 });
    expect(first.value).toEqual(granted);
    const ports = gateway.received.map(({ request }) =>
      request?.kind === "map" ? request.internalPort : 0,
    );
    expect(ports).toEqual([0, 8080, 8080, 9090]);
  });

  test("one that is never answered holds up the others for a second each", async () => {
    const { clock, gateway, client } = natPmpWorld();
    watch(client.probe(never));
    await clock.advance(1);
    gateway.received.length = 0;
    gateway.script.silent = true;
    for (const port of [1, 2, 3]) watch(client.map(wish({ internalPort: port }), never));
    await clock.advance(2500);
    const firsts = new Map<number, number>();
    for (const { at, request } of gateway.received) {
      if (request?.kind === "map" && !firsts.has(request.internalPort))
        firsts.set(request.internalPort, at);
    }
    expect([...firsts.values()]).toEqual([1, 1001, 2001]);
  });

  test("five mappings go out one by one", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.delay = 20;
    const outcomes = [1, 2, 3, 4, 5].map((port) =>
      watch(client.map(wish({ internalPort: port, suggestedPort: port }), never)),
    );
    await clock.advance(200);
    expect(outcomes.every(({ value }) => value?.kind === "granted")).toBe(true);
    const times = gateway.received.map(({ at }) => at);
    expect(new Set(times).size).toBe(times.length);
    // The address is told once to all five.
    expect(gateway.received).toHaveLength(6);
  });

  const refusals: [number, string][] = [
    [1, "unsupported-version"],
    [2, "not-authorized"],
    [3, "network-failure"],
    [4, "no-resources"],
    [5, "unsupported"],
    [77, "gateway-error"],
  ];
  test.each(
    refusals.flatMap(([result, code]) => [4, 8, 16].map((size) => [result, size, code] as const)),
  )("result %i in %i bytes", async (result, size, code) => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.results = { map: result };
    gateway.script.errorLength = size;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toMatchObject({ kind: "refused", problem: { code } });
    client.close();
    expect(clock.pending).toBe(0);
  });

  test("a gateway that maps but has no address", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.results = { address: 3 };
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toMatchObject({ kind: "granted", externalAddress: "0.0.0.0" });
  });

  test("silence is said after nine sends", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.silent = true;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(128_000);
    expect(outcome.value).toMatchObject({ kind: "refused", problem: { code: "no-response" } });
  });

  test("truncated ports are no answer (an old miniupnpd)", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.truncatesPorts = true;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(5000);
    expect(outcome.value).toBeUndefined();
  });
});

describe("inquire", () => {
  test("asks for the address alone, each time anew", async () => {
    const { clock, gateway, client } = natPmpWorld();
    watch(client.probe(never));
    await clock.advance(1);
    gateway.externalAddress = "203.0.113.9";
    const outcome = watch(client.inquire(never));
    await clock.advance(1);
    expect(outcome.value).toEqual({ kind: "address", address: "203.0.113.9" });
    expect(gateway.received.map(({ request }) => request)).toEqual([
      { kind: "address" },
      { kind: "address" },
    ]);
    expect(gateway.mappings).toEqual([]);
  });

  test("a gateway without an address, and a silent one", async () => {
    const { clock, gateway, client } = natPmpWorld();
    gateway.script.results = { address: 3 };
    const without = watch(client.inquire(never));
    await clock.advance(1);
    expect(without.value).toMatchObject({ problem: { code: "network-failure" } });
    gateway.script.silent = true;
    const silent = watch(client.inquire(never));
    await clock.advance(128_000);
    expect(silent.value).toMatchObject({ problem: { code: "no-response" } });
  });
});
