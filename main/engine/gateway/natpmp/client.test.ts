import { describe, expect, test } from "vitest";
import { simulatedEnvironment } from "../../../../test/fixtures/environment.ts";
import { FakeNatPmpGateway } from "../../../../test/gateway/fake-natpmp-gateway.ts";
import { granted, never, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import { simulatedTransport } from "../../../../test/gateway/transports.ts";
import type { GatewayRef } from "../port-mapper.ts";
import { NatPmpClient } from "./client.ts";

function world(seed = 1, ref: Partial<GatewayRef> = {}) {
  const environment = simulatedEnvironment(seed);
  const { clock, network } = environment;
  const gateway = new FakeNatPmpGateway({ clock, transport: simulatedTransport(network) });
  const client = new NatPmpClient(environment, { address: gateway.address.address, ...ref });
  const lost: string[] = [];
  client.onStateLost((signal) => lost.push(signal));
  return { clock, network, gateway, client, lost };
}

describe("probe", () => {
  test("one datagram of two bytes", async () => {
    const { clock, gateway, client } = world();
    const speaks = watch(client.probe(never));
    await clock.advance(1);
    expect(speaks.value).toBe(true);
    expect(gateway.received.map(({ request }) => request)).toEqual([{ kind: "address" }]);
    expect(client.externalAddress).toBe("203.0.113.7");
  });

  test("silence: nine sends, each wait twice the one before", async () => {
    const { clock, gateway, client } = world();
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
    const closed = world();
    await closed.gateway.close();
    const first = watch(closed.client.probe(never));
    await closed.clock.advance(1);
    expect(first.value).toBe(false);

    const versionTwo = { version: 2, results: { address: 1 } };
    for (const change of [versionTwo, { results: { address: 1 }, errorLength: 8 }]) {
      const { clock, gateway, client } = world();
      Object.assign(gateway.script, change);
      const speaks = watch(client.probe(never));
      await clock.advance(1);
      expect(speaks.value).toBe(false);
    }
  });

  test("a gateway without an address speaks it all the same", async () => {
    const { clock, gateway, client } = world();
    gateway.script.results = { address: 3 };
    gateway.script.errorLength = 4;
    const speaks = watch(client.probe(never));
    await clock.advance(1);
    expect(speaks.value).toBe(true);
  });

  test("aborts with the signal's reason and leaves no timer", async () => {
    const { clock, gateway, client } = world();
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
    const { clock, gateway, client } = world();
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toEqual(granted);
    expect(gateway.received.map(({ request }) => request?.kind)).toEqual(["map", "address"]);
  });

  test("an address told just now is not asked for again", async () => {
    const { clock, gateway, client } = world();
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
    const { clock, gateway, client } = world();
    gateway.script.refusesPortZero = true;
    const outcome = watch(client.map(wish({ suggestedPort: 0 }), never));
    await clock.advance(1);
    expect(outcome.value).toEqual(granted);
  });

  test("60 s lifetimes (ProtonVPN) are told as granted", async () => {
    const { clock, gateway, client } = world();
    gateway.script.maximumLifetime = 60;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toMatchObject({ lifetime: 60 });
  });

  test("a lost reply holds up its own question only", async () => {
    const { clock, gateway, client } = world();
    watch(client.probe(never));
    await clock.advance(1);
    gateway.script.drop = 1;
    const first = watch(client.map(wish(), never));
    const second = watch(client.map(wish({ internalPort: 9090, suggestedPort: 9090 }), never));
    await clock.advance(251);
    expect(second.value).toMatchObject({ kind: "granted", externalPort: 9090 });
    expect(first.value).toEqual(granted);
    // The second did not wait for the first to be answered.
    const ports = gateway.received.map(({ request }) =>
      request?.kind === "map" ? request.internalPort : 0,
    );
    expect(ports).toEqual([0, 8080, 9090, 8080]);
  });

  test("five mappings go out one by one", async () => {
    const { clock, gateway, client } = world();
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
    const { clock, gateway, client } = world();
    gateway.script.results = { map: result };
    gateway.script.errorLength = size;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toMatchObject({ kind: "refused", problem: { code } });
    client.close();
    expect(clock.pending).toBe(0);
  });

  test("a gateway that maps but has no address", async () => {
    const { clock, gateway, client } = world();
    gateway.script.results = { address: 3 };
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toMatchObject({ kind: "granted", externalAddress: "0.0.0.0" });
  });

  test("silence is said after nine sends", async () => {
    const { clock, gateway, client } = world();
    gateway.script.silent = true;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(128_000);
    expect(outcome.value).toMatchObject({ kind: "refused", problem: { code: "no-response" } });
  });

  test("truncated ports are no answer (an old miniupnpd)", async () => {
    const { clock, gateway, client } = world();
    gateway.script.truncatesPorts = true;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(5000);
    expect(outcome.value).toBeUndefined();
  });
});

describe("inquire", () => {
  test("asks for the address alone, each time anew", async () => {
    const { clock, gateway, client } = world();
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
    const { clock, gateway, client } = world();
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

describe("who asks, and for whom", () => {
  test("from the wanted address", async () => {
    const { clock, network, client, gateway } = world(1, { localAddress: "192.0.2.99" });
    const from: string[] = [];
    const connect = network.connectUdp.bind(network);
    network.connectUdp = (peer, local) => {
      from.push(local ?? "any");
      return connect(peer, local);
    };
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toEqual(granted);
    expect(from).toEqual(["192.0.2.99"]);
    expect(gateway.mappings[0]?.client).toBe("192.0.2.99");
  });

  test("through a router between, which the request does not name", async () => {
    const { clock, client } = world(1, { clientAddress: "192.168.1.50" });
    const outcome = watch(client.map(wish(), never));
    await clock.advance(1);
    expect(outcome.value).toEqual(granted);
  });

  test("never for another device", async () => {
    const { clock, gateway, client } = world();
    const opened = watch(client.map(wish({ host: "192.0.2.20" }), never));
    const closed = watch(client.unmap({ ...wish(), host: "192.0.2.20" }, never));
    await clock.advance(1);
    for (const { value } of [opened, closed])
      expect(value).toMatchObject({ kind: "refused", problem: { code: "unsupported" } });
    expect(gateway.received).toEqual([]);
  });

  test("IPv4 alone: over IPv6 nothing is asked", async () => {
    const { clock, network, client } = world(1, { address: "fe80::1%eth0" });
    const speaks = watch(client.probe(never));
    await clock.advance(1);
    expect([speaks.value, network.opened]).toEqual([false, 0]);
  });
});

describe("replies that must not count", () => {
  test.each(["other-address", "other-port"] as const)("from the %s", async (source) => {
    const { clock, gateway, client, network, lost } = world();
    network.filtersSource = false;
    watch(client.probe(never));
    await clock.advance(30_000);
    gateway.script.source = source;
    gateway.script.epoch = () => 0;
    gateway.externalAddress = "198.51.100.1";
    const outcome = watch(client.map(wish(), never));
    await clock.advance(200);
    expect(outcome.value).toBeUndefined();
    expect(lost).toEqual([]);
    gateway.script.source = "own";
    gateway.script.epoch = (real) => real;
    gateway.externalAddress = "203.0.113.7";
    await clock.advance(600);
    expect(outcome.value).toEqual(granted);
  });

  test("an answer of PCP that is not its UNSUPP_VERSION", async () => {
    const { clock, gateway, client } = world();
    watch(client.probe(never));
    await clock.advance(1);
    gateway.script.delay = 100;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(50);
    gateway.sendToLastClient(Uint8Array.of(2, 0x81, 0, 0, 0, 0, 0x1c, 0x20));
    await clock.advance(150);
    expect(outcome.value).toEqual(granted);
  });

  test("nothing asked, nothing heard", async () => {
    const { clock, gateway, client, lost } = world();
    watch(client.probe(never));
    await clock.advance(20_000);
    gateway.sendToLastClient(Uint8Array.of(0, 128, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9));
    await clock.advance(1);
    expect(client.externalAddress).toBe("203.0.113.7");
    expect(lost).toEqual([]);
  });
});

describe("unmap", () => {
  test("lifetime 0 and port 0", async () => {
    const { clock, gateway, client } = world();
    watch(client.map(wish(), never));
    await clock.advance(1);
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(1);
    expect(gone.value).toEqual({ kind: "gone" });
    expect(gateway.mappings).toEqual([]);
    expect(gateway.received.at(-1)?.request).toEqual({
      kind: "map",
      transport: "tcp",
      internalPort: 8080,
      suggestedPort: 0,
      lifetime: 0,
    });
  });

  test("a late grant does not answer it, nor a late deletion a new request", async () => {
    const { clock, gateway, client } = world();
    gateway.script.delay = 100;
    const first = new AbortController();
    watch(client.map(wish(), first.signal));
    await clock.advance(50);
    first.abort();
    const second = new AbortController();
    const gone = watch(client.unmap(wish(), second.signal));
    await clock.advance(60);
    expect(gone.value).toBeUndefined();
    second.abort();
    const again = watch(client.map(wish(), never));
    await clock.advance(60);
    expect(again.value).toBeUndefined();
    await clock.advance(400);
    expect(again.value).toEqual(granted);
  });

  test("what was made by hand is not ours to delete", async () => {
    const { clock, gateway, client } = world();
    gateway.script.results = { map: 2 };
    const gone = watch(client.unmap(wish(), never));
    await clock.advance(1);
    expect(gone.value).toEqual({ kind: "gone" });
  });
});

describe("change", () => {
  test("a restart shows at the next answer", async () => {
    const { clock, gateway, client, lost } = world();
    watch(client.map(wish(), never));
    await clock.advance(60_000);
    gateway.reboot();
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(1);
    expect(lost).toEqual(["epoch"]);
  });

  test("announcements: from the gateway alone, and only news", async () => {
    const { clock, gateway, client, lost } = world();
    watch(client.probe(never));
    await clock.advance(60_000);
    const { address, port } = gateway.address;
    client.announced(gateway.announcement(), { address, port });
    expect(lost).toEqual([]);
    gateway.externalAddress = "203.0.113.9";
    client.announced(gateway.announcement(), { address: "192.0.2.66", port });
    client.announced(gateway.announcement(), { address, port: 5350 });
    expect(lost).toEqual([]);
    client.announced(gateway.announcement(), { address, port });
    client.announced(gateway.announcement(), { address, port });
    expect(lost).toEqual(["announce"]);
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(1);
    expect(lost).toEqual(["announce", "confirmed"]);
    expect(client.externalAddress).toBe("203.0.113.9");
  });

  test("an announcement under the gateway's name that is not its own changes nothing", async () => {
    const { clock, gateway, client, lost } = world();
    watch(client.map(wish(), never));
    await clock.advance(60_000);
    const honest = gateway.externalAddress;
    gateway.externalAddress = "6.6.6.6";
    const forged = gateway.announcement();
    gateway.externalAddress = honest;
    client.announced(forged, gateway.address);
    client.announced(forged, gateway.address);
    expect(client.externalAddress).toBe(honest);
    const again = watch(client.map(wish({ renewal: true }), never));
    await clock.advance(1);
    expect(again.value).toMatchObject({ kind: "granted", externalAddress: honest });
    expect(lost).toEqual(["announce"]);
    // And it hides no true loss afterwards.
    await clock.advance(60_000);
    gateway.reboot();
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(1);
    expect(lost).toEqual(["announce", "epoch"]);
  });
});

test("under loss, doubling and reordering everything is mapped in the end", async () => {
  const { clock, network, client } = world(5);
  const faults = { loss: 0.3, duplication: 0.2, delay: 5, spread: 400 };
  network.toServer = faults;
  network.toClient = faults;
  const outcomes = Array.from({ length: 20 }, (_, index) =>
    watch(client.map(wish({ internalPort: 3000 + index, suggestedPort: 3000 + index }), never)),
  );
  await clock.advance(60_000);
  expect(outcomes.filter(({ value }) => value?.kind !== "granted")).toEqual([]);
});
