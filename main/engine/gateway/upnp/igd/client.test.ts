import { describe, expect, test } from "vitest";
import { never, watch, wish } from "../../../../../test/gateway/pcp-world.ts";
import { fakeService } from "../../../../../test/gateway/fake-igd.ts";
import { granted, map, unmap, upnpWorld } from "../../../../../test/gateway/upnp-world.ts";
import { PERMANENT_LEASE } from "../../port-mapper.ts";

describe("probe", () => {
  test("one datagram and one description", async () => {
    const { clock, network, gateway, client } = upnpWorld();
    const speaks = watch(client.probe(never));
    await clock.advance(20);
    expect(speaks.value).toBe(true);
    expect(network.sent).toBe(1);
    expect(gateway.names()).toEqual(["description"]);
    expect(network.openSockets).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("silence: false when nobody is expected to answer any more", async () => {
    const { clock, network, gateway, client } = upnpWorld();
    gateway.script.hears = "none";
    const speaks = watch(client.probe(never));
    await clock.advance(2799);
    expect(speaks.value).toBeUndefined();
    await clock.advance(2);
    expect(speaks.value).toBe(false);
    expect(network.sent).toBe(11);
    expect(network.openSockets).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("aborts with the signal's reason", async () => {
    const { clock, gateway, client } = upnpWorld();
    gateway.script.hears = "none";
    const abort = new AbortController();
    const speaks = watch(client.probe(abort.signal));
    await clock.advance(300);
    abort.abort("enough");
    await clock.advance(0);
    expect(speaks.error).toBe("enough");
  });

  test("without a route: false", async () => {
    const { clock, network, client } = upnpWorld();
    network.connectError = "ENETUNREACH";
    const speaks = watch(client.probe(never));
    await clock.advance(0);
    expect(speaks.value).toBe(false);
  });

  test("close ends what is under way and leaves nothing", async () => {
    const { clock, network, gateway, client } = upnpWorld();
    gateway.script.hears = "none";
    const speaks = watch(client.probe(never));
    const mapping = watch(client.map(wish(), never));
    await clock.advance(300);
    client.close();
    await clock.advance(0);
    expect(String(speaks.error)).toContain("closed");
    expect(String(mapping.error)).toContain("closed");
    expect([clock.pending, network.openSockets]).toEqual([0, 0]);
  });
});

describe("map", () => {
  test("looks, adds, reads back, asks for the address", async () => {
    const world = upnpWorld();
    await expect(map(world)).resolves.toEqual(granted);
    expect(world.gateway.names()).toEqual([
      "description",
      "GetSpecificPortMappingEntry",
      "AddPortMapping",
      "GetSpecificPortMappingEntry",
      "GetExternalIPAddress",
    ]);
    expect(world.gateway.actions[2]?.values).toEqual({
      NewRemoteHost: "",
      NewExternalPort: "8080",
      NewProtocol: "TCP",
      NewInternalPort: "8080",
      NewInternalClient: "192.0.2.10",
      NewEnabled: "1",
      NewPortMappingDescription: "Homeport TCP 8080",
      NewLeaseDuration: "7200",
    });
  });

  test("one action at a time, however many are wanted", async () => {
    const world = upnpWorld();
    world.gateway.script.delay = 20;
    const outcomes = [1, 2, 3, 4, 5].map((port) =>
      watch(world.client.map(wish({ internalPort: port, suggestedPort: 9000 + port }), never)),
    );
    await world.clock.advance(2000);
    expect(outcomes.map(({ value }) => value?.kind)).toEqual(Array(5).fill("granted"));
    expect(world.lan.mostConcurrent).toBe(1);
    expect(world.gateway.entries.map(({ externalPort }) => externalPort)).toEqual([
      9001, 9002, 9003, 9004, 9005,
    ]);
  });

  test("a renewal starts the lease anew and stays one entry", async () => {
    const world = upnpWorld();
    await map(world);
    await world.clock.advance(3_600_000);
    await expect(map(world, { renewal: true })).resolves.toEqual(granted);
    await world.clock.advance(5_000_000);
    expect(world.gateway.entries).toHaveLength(1);
  });

  test("725: permanent at once, told as such, and first the next time", async () => {
    const world = upnpWorld();
    world.gateway.script.fault = (action, values) =>
      action === "AddPortMapping" && values["NewLeaseDuration"] !== "0" ? 725 : null;
    await expect(map(world)).resolves.toMatchObject({ lifetime: PERMANENT_LEASE });
    await map(world, { internalPort: 81, suggestedPort: 8081 });
    const leases = world.gateway.actions
      .filter(({ name }) => name === "AddPortMapping")
      .map(({ values }) => values["NewLeaseDuration"]);
    expect(leases).toEqual(["7200", "0", "0"]);
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
    expect(world.gateway.entries.map(({ externalPort }) => externalPort)).toEqual([8081]);
  });

  test("402: up the ladder to what it takes", async () => {
    const world = upnpWorld();
    world.gateway.script.fault = (action, values) =>
      action === "AddPortMapping" && values["NewLeaseDuration"] !== "604800" ? 402 : null;
    await expect(map(world)).resolves.toMatchObject({ lifetime: 604_800 });
    const leases = world.gateway.actions.flatMap(({ values }) => values["NewLeaseDuration"] ?? []);
    expect(leases).toEqual(["7200", "86400", "604800"]);
  });

  test("402 to everything is told", async () => {
    const world = upnpWorld();
    world.gateway.script.fault = (action) => (action === "AddPortMapping" ? 402 : null);
    await expect(map(world)).resolves.toMatchObject({
      kind: "refused",
      problem: { code: "malformed" },
    });
  });

  test.each([
    [606, "not-authorized"],
    [728, "no-resources"],
    [727, "unsupported"],
    [501, "gateway-error"],
    [899, "gateway-error"],
  ])("%i is told as %s", async (code, expected) => {
    const world = upnpWorld();
    world.gateway.script.fault = (action) => (action === "AddPortMapping" ? code : null);
    const outcome = await map(world);
    expect(outcome).toMatchObject({ kind: "refused", problem: { code: expected } });
    expect(world.gateway.entries).toEqual([]);
  });

  test.each([401, 403])("HTTP %i is told as not-authorized", async (status) => {
    const world = upnpWorld();
    world.gateway.script.reply = (action) =>
      action === "AddPortMapping" ? { status, body: "" } : null;
    await expect(map(world)).resolves.toMatchObject({ problem: { code: "not-authorized" } });
  });

  test("a lease that is told shorter, longer or never ending is believed", async () => {
    for (const [told, lifetime] of [
      [120, 120],
      [86_400, 86_400],
      [0, PERMANENT_LEASE],
    ] as const) {
      const world = upnpWorld();
      world.gateway.script.toldLease = () => told;
      await expect(map(world)).resolves.toMatchObject({ lifetime });
    }
  });

  test("a renewal that does not renew is made anew", async () => {
    const world = upnpWorld();
    world.gateway.script.renews = false;
    await map(world);
    await world.clock.advance(3_600_000);
    await expect(map(world, { renewal: true })).resolves.toMatchObject({ lifetime: 7200 });
    expect(world.gateway.names().filter((name) => name === "DeletePortMapping")).toHaveLength(1);
  });

  test("granted but not there", async () => {
    const world = upnpWorld();
    world.gateway.script.forgets = true;
    await expect(map(world)).resolves.toMatchObject({
      kind: "refused",
      problem: { code: "gateway-error", message: expect.stringContaining("not in its list") },
    });
  });

  test("opened, and answered as if it were not: what its list shows counts", async () => {
    const world = upnpWorld();
    const { script } = world.gateway;
    script.replyAfter = (action) =>
      action === "AddPortMapping" ? { status: 500, body: "" } : null;
    await expect(map(world)).resolves.toEqual(granted);
    await world.clock.advance(3_600_000);
    await expect(map(world, { renewal: true })).resolves.toEqual(granted);
    expect(world.gateway.entries).toHaveLength(1);
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([]);
  });

  test("a bare HTTP 500 to finite leases: a permanent one is asked for", async () => {
    const world = upnpWorld();
    world.gateway.script.reply = (action, values) =>
      action === "AddPortMapping" && values["NewLeaseDuration"] !== "0"
        ? { status: 500, body: "<html>Internal Server Error</html>" }
        : null;
    await expect(map(world)).resolves.toMatchObject({ lifetime: PERMANENT_LEASE });
    expect(world.gateway.entries).toMatchObject([{ externalPort: 8080, lease: 0 }]);
  });

  test("granted, but switched off: taken back, and said", async () => {
    const world = upnpWorld();
    const { gateway } = world;
    gateway.script.fault = (action) => {
      const [entry] = gateway.entries;
      if (action === "GetSpecificPortMappingEntry" && entry?.enabled === true) {
        gateway.drop(() => true);
        gateway.put({ ...entry, enabled: false });
      }
      return null;
    };
    await expect(map(world)).resolves.toMatchObject({
      problem: { code: "gateway-error", message: expect.stringContaining("switched off") },
    });
    expect(gateway.entries).toEqual([]);
  });

  test("a table that cannot be read is no obstacle", async () => {
    const world = upnpWorld();
    world.gateway.script.fault = (action) => (/^Get.*Entry$/.test(action) ? 401 : null);
    await expect(map(world)).resolves.toEqual(granted);
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([]);
  });

  test("no address towards the internet", async () => {
    for (const externalAddress of ["", "0.0.0.0", "10.1.2", "nonsense"]) {
      const world = upnpWorld();
      world.gateway.script.services = [fakeService(undefined, { externalAddress })];
      await expect(map(world)).resolves.toMatchObject({ externalAddress: "0.0.0.0" });
    }
  });

  test("a hanging gateway holds nobody up for ever: abort frees the turn", async () => {
    const world = upnpWorld();
    world.gateway.script.reply = (action) => (action === "AddPortMapping" ? "hang" : null);
    const abort = new AbortController();
    const first = watch(world.client.map(wish(), abort.signal));
    const second = watch(world.client.map(wish({ internalPort: 2, suggestedPort: 9002 }), never));
    await world.clock.advance(1000);
    world.gateway.script.reply = () => null;
    abort.abort("enough");
    await world.clock.advance(1000);
    expect(first.error).toBe("enough");
    expect(second.value).toMatchObject({ externalPort: 9002 });
  });
});

test("who gives up waiting does not let the next one in before its turn", async () => {
  const world = upnpWorld();
  world.gateway.script.delay = 500;
  const abort = new AbortController();
  const first = watch(world.client.map(wish(), never));
  watch(world.client.map(wish({ internalPort: 2, suggestedPort: 9002 }), abort.signal));
  const third = watch(world.client.map(wish({ internalPort: 3, suggestedPort: 9003 }), never));
  await world.clock.advance(100);
  abort.abort("enough");
  await world.clock.advance(10_000);
  expect([first.value?.kind, third.value?.kind]).toEqual(["granted", "granted"]);
  expect(world.lan.mostConcurrent).toBe(1);
});

describe("unmap", () => {
  test("deletes what is ours", async () => {
    const world = upnpWorld();
    await map(world, { suggestedPort: 9000 });
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([]);
  });

  test("what an earlier run made is found by the list, or by its port", async () => {
    for (const externalPort of [undefined, 9000]) {
      const world = upnpWorld();
      world.gateway.put({ externalPort: 7000, description: "Homeport TCP 8080" });
      const own = { internalClient: "192.0.2.10", description: "Homeport TCP 8080" };
      world.gateway.put({ ...own, externalPort: 9000 });
      const known = externalPort === undefined ? {} : { externalPort };
      await expect(unmap(world, known)).resolves.toEqual({ kind: "gone" });
      expect(world.gateway.entries.map((entry) => entry.externalPort)).toEqual([7000]);
    }
  });

  test("what is somebody else's now is left alone", async () => {
    const world = upnpWorld();
    await map(world);
    world.gateway.restart();
    const entry = world.gateway.put({});
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([entry]);
  });

  test("without descriptions: what was made in this run", async () => {
    const world = upnpWorld();
    world.gateway.script.keepsDescriptions = false;
    await map(world);
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([]);
  });

  test("a refusal is told, and what stands stays known", async () => {
    const world = upnpWorld();
    await map(world);
    world.gateway.script.fault = (action) => (action === "DeletePortMapping" ? 606 : null);
    await expect(unmap(world)).resolves.toMatchObject({ problem: { code: "not-authorized" } });
    world.gateway.script.fault = () => null;
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([]);
  });

  test("deleting what is absent is gone", async () => {
    const world = upnpWorld();
    await map(world);
    world.gateway.restart();
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
  });
});
