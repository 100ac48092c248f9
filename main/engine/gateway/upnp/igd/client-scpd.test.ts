import { describe, expect, test } from "vitest";
import { fakeService, IP2 } from "../../../../../test/gateway/fake-igd.ts";
import { scpdOf } from "../../../../../test/gateway/igd-documents.ts";
import { never, watch } from "../../../../../test/gateway/pcp-world.ts";
import { granted, map, type UpnpWorld, upnpWorld } from "../../../../../test/gateway/upnp-world.ts";
import { PERMANENT_LEASE } from "../../port-mapper.ts";

/** The leases that were asked for, in order. */
function leases({ gateway }: UpnpWorld): readonly (string | undefined)[] {
  return gateway.actions
    .filter(({ name }) => name === "AddPortMapping")
    .map(({ values }) => values["NewLeaseDuration"]);
}

/** Takes leases of `takes` seconds, and declares `range`. */
function worldWith(range: readonly [number, number], takes: (lease: number) => boolean): UpnpWorld {
  const world = upnpWorld();
  world.gateway.script.scpd = (actions) => scpdOf(actions, { PortMappingLeaseDuration: range });
  world.gateway.script.fault = (action, values) =>
    action === "AddPortMapping" && !takes(Number(values["NewLeaseDuration"])) ? 402 : null;
  return world;
}

describe("when it is read", () => {
  test("after the first mapping, once, and beside nothing else", async () => {
    const world = upnpWorld();
    world.gateway.script.delay = 20;
    await expect(map(world)).resolves.toEqual(granted);
    expect(world.gateway.names()).not.toContain("scpd");
    await map(world, { internalPort: 81, suggestedPort: 8081 });
    await world.clock.advance(1000);
    expect(world.gateway.names().filter((name) => name === "scpd")).toHaveLength(1);
    expect(world.lan.mostConcurrent).toBe(1);
  });

  test("again from a control point that moved", async () => {
    const world = upnpWorld();
    await map(world);
    await world.clock.advance(1000);
    world.gateway.restart(5001);
    await world.clock.advance(120_000);
    await map(world);
    await world.clock.advance(1000);
    expect(world.gateway.names().filter((name) => name === "scpd")).toHaveLength(2);
  });
});

describe("what cannot be had changes nothing", () => {
  test.each<[string, (world: UpnpWorld) => void]>([
    ["there is none", ({ gateway }) => void (gateway.script.scpd = null)],
    ["it hangs", ({ gateway }) => void (gateway.script.scpd = () => "hang")],
    ["it breaks off", ({ gateway }) => void (gateway.script.scpd = () => "reset")],
    [
      "it is garbage",
      ({ gateway }) => void (gateway.script.scpd = () => ({ status: 200, body: "<scpd><a" })),
    ],
    [
      "it leads elsewhere",
      ({ gateway }) =>
        void (gateway.script.scpd = () => ({
          status: 302,
          body: "",
          headers: { location: "http://192.0.2.66/" },
        })),
    ],
    [
      "it is endless",
      ({ gateway }) =>
        void (gateway.script.scpd = () => ({ status: 200, body: " ".repeat(300_000) })),
    ],
  ])("%s", async (_what, prepare) => {
    for (const type of [undefined, IP2]) {
      const world = upnpWorld();
      world.gateway.script.services = [fakeService(type)];
      world.gateway.put({ externalPort: 8080 });
      prepare(world);
      await expect(map(world)).resolves.toMatchObject({ kind: "granted", lifetime: 7200 });
      const picked = world.gateway.names().includes("AddAnyPortMapping");
      expect(picked).toBe(type === IP2);
      await world.clock.advance(300_000);
      expect(world.gateway.entries).toHaveLength(2);
      expect(world.lost).toEqual([]);
    }
  });

  test("nobody else is asked for it", async () => {
    const world = upnpWorld();
    world.gateway.script.spoilDescription = (body) => ({
      status: 200,
      body: body.replace("/scpd.xml", "http://192.0.2.66:80/scpd.xml"),
    });
    await map(world);
    await world.clock.advance(10_000);
    expect(world.lan.requests.every(({ url }) => url.startsWith("http://192.0.2.1:5000/"))).toBe(
      true,
    );
  });
});

describe("leases", () => {
  test("a shorter longest one: no further question, and the next asks for it at once", async () => {
    const world = worldWith([1, 3600], (lease) => lease > 0 && lease <= 3600);
    await expect(map(world)).resolves.toMatchObject({ lifetime: 3600 });
    await map(world, { internalPort: 81, suggestedPort: 8081 });
    expect(leases(world)).toEqual(["7200", "3600", "3600"]);
  });

  test("a longer shortest one", async () => {
    const world = worldWith([50_000, 604_800], (lease) => lease >= 50_000);
    await expect(map(world)).resolves.toMatchObject({ lifetime: 50_000 });
    expect(leases(world)).toEqual(["7200", "50000"]);
  });

  test("none but permanent ones", async () => {
    const world = worldWith([0, 0], (lease) => lease === 0);
    await expect(map(world)).resolves.toMatchObject({ lifetime: PERMANENT_LEASE });
    expect(leases(world)).toEqual(["7200", "0"]);
  });

  test("known before the lease is asked for: the declared one straight away", async () => {
    const world = worldWith([1, 3600], (lease) => lease > 0 && lease <= 3600);
    const table = watch(world.client.table(never));
    await world.clock.advanceUntil(() => table.value !== undefined, 10_000);
    await map(world);
    expect(leases(world)).toEqual(["3600"]);
  });

  test("declared falsely: what it takes in truth is found all the same", async () => {
    const world = worldWith([1, 3600], (lease) => lease === 0);
    await expect(map(world)).resolves.toMatchObject({ lifetime: PERMANENT_LEASE });
    expect(leases(world)).toEqual(["7200", "3600", "0"]);
  });
});

describe("actions", () => {
  test("an IGD 1 that can pick a port is let pick it", async () => {
    const world = upnpWorld();
    const { script } = world.gateway;
    script.scpd = (actions) => scpdOf([...actions, "AddAnyPortMapping"]);
    script.reply = (action) =>
      action === "AddAnyPortMapping"
        ? {
            status: 200,
            body: "<x><AddAnyPortMappingResponse><NewReservedPort>9123</NewReservedPort></AddAnyPortMappingResponse></x>",
          }
        : null;
    world.gateway.put({ externalPort: 8080 });
    // It said 9123 and opened nothing, which its list shows.
    await expect(map(world)).resolves.toMatchObject({
      problem: { message: expect.stringContaining("port 9123") },
    });
  });

  test("an IGD 2 without is not asked for it", async () => {
    const world = upnpWorld();
    world.gateway.script.services = [fakeService(IP2)];
    world.gateway.script.scpd = (actions) =>
      scpdOf(actions.filter((name) => name !== "AddAnyPortMapping"));
    world.gateway.put({ externalPort: 8080 });
    await expect(map(world)).resolves.toMatchObject({ kind: "granted" });
    expect(world.gateway.names()).not.toContain("AddAnyPortMapping");
  });

  test("single entries or lists that it does not have are not asked for", async () => {
    for (const [lacks, asked] of [
      ["GetSpecificPortMappingEntry", "GetGenericPortMappingEntry"],
      ["GetGenericPortMappingEntry", "GetSpecificPortMappingEntry"],
    ] as const) {
      const world = upnpWorld();
      world.gateway.script.scpd = (actions) => scpdOf(actions.filter((name) => name !== lacks));
      await map(world);
      await world.clock.advance(1000);
      world.gateway.actions.length = 0;
      await expect(map(world, { internalPort: 81, suggestedPort: 8081 })).resolves.toMatchObject({
        externalPort: 8081,
      });
      const table = watch(world.client.table(never));
      await world.clock.advanceUntil(() => table.value !== undefined, 10_000);
      expect(world.gateway.names()).toContain(asked);
      expect(world.gateway.names()).not.toContain(lacks);
    }
  });
});

test("another port is drawn from those that it opens", async () => {
  const world = upnpWorld();
  world.gateway.script.scpd = (actions) => scpdOf(actions, { ExternalPort: [1024, 9999] });
  world.gateway.script.fault = (action, values) =>
    action === "AddPortMapping" && Number(values["NewExternalPort"]) > 9999 ? 601 : null;
  world.gateway.put({ externalPort: 8080 });
  const outcome = await map(world);
  expect(outcome).toMatchObject({ kind: "granted" });
  expect(outcome.kind === "granted" && outcome.externalPort).toBeLessThan(10_000);
  expect(leases(world)).toEqual(["7200"]);
});
