import { describe, expect, test } from "vitest";
import { never, watch, wish } from "../../../../../test/gateway/pcp-world.ts";
import { fakeService, IP2 } from "../../../../../test/gateway/fake-igd.ts";
import { granted, map, type UpnpWorld, upnpWorld } from "../../../../../test/gateway/upnp-world.ts";
import type { LeaseRequest, UnmapOutcome } from "../../port-mapper.ts";
import { PERMANENT_LEASE } from "../../port-mapper.ts";

async function unmap(world: UpnpWorld, change: Partial<LeaseRequest> = {}): Promise<UnmapOutcome> {
  const { transport, internalPort, nonce } = wish(change);
  const { externalPort } = change as { externalPort?: number };
  const key = { transport, internalPort, nonce, ...(externalPort ? { externalPort } : {}) };
  const outcome = watch(world.client.unmap(key, never));
  await world.clock.advanceUntil(() => outcome.value !== undefined, 60_000);
  if (outcome.value === undefined) throw new Error("no outcome");
  return outcome.value;
}

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

describe("conflicts", () => {
  const foreign = { transport: "TCP", externalPort: 8080 } as const;

  test("somebody else's entry is left alone, another port is taken", async () => {
    for (const overwrites of [false, true]) {
      const world = upnpWorld();
      world.gateway.script.overwrites = overwrites;
      const entry = world.gateway.put(foreign);
      const outcome = await map(world);
      expect(outcome).toMatchObject({ kind: "granted" });
      expect(outcome).not.toMatchObject({ externalPort: 8080 });
      expect(world.gateway.entries).toContain(entry);
      expect(world.gateway.entries).toHaveLength(2);
    }
  });

  test("somebody who comes in between keeps the port, though the router says that it is ours", async () => {
    const world = upnpWorld();
    const { gateway } = world;
    gateway.script.overwrites = true;
    gateway.script.fault = (action, values) => {
      if (action !== "AddPortMapping") return null;
      const isWished = values["NewExternalPort"] === "8080";
      // It answers as if it had done it.
      gateway.script.forgets = isWished;
      if (isWished) gateway.put(foreign);
      return null;
    };
    const outcome = await map(world);
    expect(outcome).toMatchObject({ kind: "granted" });
    expect(outcome).not.toMatchObject({ externalPort: 8080 });
    expect(gateway.entries).toHaveLength(2);
  });

  test("a certain port or none", async () => {
    const world = upnpWorld();
    const entry = world.gateway.put(foreign);
    await expect(map(world, { exactPort: true })).resolves.toMatchObject({
      kind: "refused",
      problem: { code: "cannot-provide-external" },
    });
    expect(world.gateway.entries).toEqual([entry]);
  });

  test("another program of this PC at that port for another of its own is left alone", async () => {
    const world = upnpWorld();
    const entry = world.gateway.put({ internalClient: "192.0.2.10", internalPort: 9999 });
    await expect(map(world)).resolves.toMatchObject({ kind: "granted" });
    expect(world.gateway.entries).toContain(entry);
    expect(world.gateway.entries).toHaveLength(2);
  });

  test("another program opened this very port: taken as it is, and left at the end", async () => {
    const world = upnpWorld();
    const entry = world.gateway.put({ internalClient: "192.0.2.10", lease: 1000 });
    await expect(map(world)).resolves.toMatchObject({ externalPort: 8080, lifetime: 1000 });
    expect(world.gateway.names()).not.toContain("AddPortMapping");
    await expect(unmap(world)).resolves.toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([entry]);
  });

  test("718 although free: other ports, a few", async () => {
    const world = upnpWorld();
    let refusals = 3;
    world.gateway.script.fault = (action) => {
      if (action !== "AddPortMapping") return null;
      refusals -= 1;
      return refusals >= 0 ? 718 : null;
    };
    await expect(map(world)).resolves.toMatchObject({ kind: "granted" });
    refusals = 100;
    await expect(map(world, { internalPort: 2, suggestedPort: 9 })).resolves.toMatchObject({
      kind: "refused",
      problem: { code: "cannot-provide-external" },
    });
    expect(refusals).toBe(95);
  });

  test("IGD 2 picks the other port itself", async () => {
    const world = upnpWorld();
    world.gateway.script.services = [fakeService(IP2)];
    world.gateway.put(foreign);
    await expect(map(world)).resolves.toMatchObject({ kind: "granted" });
    expect(world.gateway.names()).toContain("AddAnyPortMapping");
  });

  test("an IGD 2 that cannot is asked the old way", async () => {
    const world = upnpWorld();
    world.gateway.script.services = [fakeService(IP2)];
    world.gateway.script.fault = (action) => (action === "AddAnyPortMapping" ? 602 : null);
    world.gateway.put(foreign);
    await expect(map(world)).resolves.toMatchObject({ kind: "granted" });
    expect(world.gateway.entries).toHaveLength(2);
  });

  test("724: the same port outside as inside", async () => {
    const world = upnpWorld();
    world.gateway.script.fault = (action, values) =>
      action === "AddPortMapping" && values["NewExternalPort"] !== values["NewInternalPort"]
        ? 724
        : null;
    await expect(map(world, { suggestedPort: 9000 })).resolves.toMatchObject({
      externalPort: 8080,
    });
    await expect(
      map(world, { internalPort: 81, suggestedPort: 9000, exactPort: true }),
    ).resolves.toMatchObject({ problem: { code: "cannot-provide-external" } });
  });

  test("606 for a low port alone: a higher one", async () => {
    const world = upnpWorld();
    world.gateway.script.fault = (action, values) =>
      action === "AddPortMapping" && Number(values["NewExternalPort"]) < 1024 ? 606 : null;
    const outcome = await map(world, { internalPort: 80, suggestedPort: 80 });
    expect(outcome).toMatchObject({ kind: "granted" });
    await expect(
      map(world, { internalPort: 81, suggestedPort: 81, exactPort: true }),
    ).resolves.toMatchObject({ problem: { code: "not-authorized" } });
  });

  test("606 for a low port and something else for a higher one: the first reason is told", async () => {
    const world = upnpWorld();
    world.gateway.script.fault = (action, values) => {
      if (action !== "AddPortMapping") return null;
      return Number(values["NewExternalPort"]) < 1024 ? 606 : 728;
    };
    await expect(map(world, { internalPort: 80, suggestedPort: 80 })).resolves.toMatchObject({
      problem: { code: "not-authorized" },
    });
  });

  test("our own leftover that blocks is replaced", async () => {
    const world = upnpWorld();
    world.gateway.put({ internalClient: "192.0.2.10", description: "Homeport TCP 8080" });
    world.gateway.script.fault = (action, values) =>
      action === "AddPortMapping" &&
      world.gateway.entries.some(
        ({ externalPort }) => externalPort === Number(values["NewExternalPort"]),
      )
        ? 718
        : null;
    await expect(map(world)).resolves.toMatchObject({ externalPort: 8080 });
    expect(world.gateway.entries).toHaveLength(1);
  });

  test("our own leftover that its key does not tell, but its list", async () => {
    const world = upnpWorld();
    world.gateway.put({ internalClient: "192.0.2.10", description: "Homeport TCP 8080" });
    world.gateway.script.fault = (action) => {
      if (action === "GetSpecificPortMappingEntry") return 714;
      return action === "AddPortMapping" && world.gateway.entries.length > 0 ? 718 : null;
    };
    await expect(map(world)).resolves.toMatchObject({ externalPort: 8080 });
    expect(world.gateway.entries).toHaveLength(1);
  });
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

describe("restarts and changes", () => {
  test("another control URL after a restart: searched anew and told", async () => {
    const world = upnpWorld();
    await map(world);
    world.gateway.restart(5001);
    await world.clock.advance(60_000);
    expect(world.lost).toEqual(["missing"]);
    await expect(map(world)).resolves.toEqual(granted);
    expect(world.gateway.entries).toHaveLength(1);
  });

  test("a stale control URL costs a search, not the request", async () => {
    const world = upnpWorld();
    await map(world);
    world.gateway.restart(5001);
    await expect(map(world, { internalPort: 2, suggestedPort: 9002 })).resolves.toMatchObject({
      externalPort: 9002,
    });
  });

  test("so does one at the same port that only the path moved from (HTTP 404)", async () => {
    const world = upnpWorld();
    await map(world);
    world.gateway.restart();
    world.gateway.script.services = [fakeService(undefined, { controlPath: "/control/7f3a" })];
    await expect(map(world)).resolves.toEqual(granted);
    expect(world.gateway.entries).toHaveLength(1);
  });

  test("an entry that vanishes is noticed within a minute", async () => {
    const world = upnpWorld();
    await map(world);
    await world.clock.advance(300_000);
    expect(world.lost).toEqual([]);
    world.gateway.restart();
    await world.clock.advance(60_000);
    expect(world.lost).toEqual(["missing"]);
  });

  test("another external address is noticed within a minute", async () => {
    const world = upnpWorld();
    await map(world);
    await world.clock.advance(120_000);
    world.gateway.script.services = [fakeService(undefined, { externalAddress: "203.0.113.8" })];
    await world.clock.advance(60_000);
    expect(world.lost).toEqual(["address"]);
    await expect(map(world)).resolves.toMatchObject({ externalAddress: "203.0.113.8" });
  });

  test("two questions a minute while something stands, none after", async () => {
    const world = upnpWorld();
    await map(world);
    await map(world, { internalPort: 2, suggestedPort: 9002 });
    const before = world.gateway.actions.length;
    await world.clock.advance(565_000);
    expect(world.gateway.actions.length - before).toBe(20);
    await unmap(world);
    await unmap(world, { internalPort: 2 });
    const after = world.gateway.actions.length;
    await world.clock.advance(600_000);
    expect(world.gateway.actions.length).toBe(after);
    expect(world.clock.pending).toBe(0);
  });

  test("a gateway that is away for a while is found again", async () => {
    const world = upnpWorld();
    world.gateway.script.hears = "none";
    const outcome = watch(world.client.map(wish(), never));
    await world.clock.advance(300_000);
    expect(outcome.value).toBeUndefined();
    world.gateway.script.hears = "both";
    await world.clock.advance(65_000);
    expect(outcome.value).toEqual(granted);
  });

  test("another address of this PC: our entry moves along", async () => {
    const world = upnpWorld();
    await map(world);
    world.network.localAddress = "192.0.2.11";
    world.gateway.script.fault = () => null;
    world.client.networkChanged();
    // The gateway lets nobody delete for another: the old entry stays until it ends.
    const outcome = await map(world);
    expect(outcome).toMatchObject({ kind: "granted" });
    expect(
      world.gateway.entries.filter(({ internalClient }) => internalClient === "192.0.2.11"),
    ).toHaveLength(1);
  });
});

describe("the address towards the internet", () => {
  test.each([
    [501, "gateway-error"],
    [606, "not-authorized"],
  ])("fault %i to an inquiry is told as %s, not as an address", async (code, expected) => {
    const world = upnpWorld();
    world.gateway.script.fault = (action) => (action === "GetExternalIPAddress" ? code : null);
    const told = watch(world.client.inquire(never));
    await world.clock.advance(1000);
    expect(told.value).toMatchObject({ kind: "refused", problem: { code: expected } });
  });

  test("an answer that is no address is not taken for one; an empty one says that there is none", async () => {
    for (const [externalAddress, expected] of [
      ["10.1.2", { kind: "refused", problem: { code: "gateway-error" } }],
      ["", { kind: "address", address: "0.0.0.0" }],
    ] as const) {
      const world = upnpWorld();
      world.gateway.script.services = [fakeService(undefined, { externalAddress })];
      const told = watch(world.client.inquire(never));
      await world.clock.advance(1000);
      expect(told.value).toMatchObject(expected);
    }
  });

  test("a fault in between is no other address", async () => {
    const world = upnpWorld();
    await map(world);
    world.gateway.script.fault = (action) => (action === "GetExternalIPAddress" ? 501 : null);
    await world.clock.advance(120_000);
    await expect(map(world, { renewal: true })).resolves.toEqual(granted);
    world.gateway.script.fault = () => null;
    await world.clock.advance(120_000);
    expect(world.lost).toEqual([]);
  });
});
