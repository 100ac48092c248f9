/** What the client notices of a router that restarts, moves or gets another address. */
import { describe, expect, test } from "vitest";
import { never, watch, wish } from "../../../../../test/gateway/pcp-world.ts";
import { fakeService } from "../../../../../test/gateway/fake-igd.ts";
import { granted, map, unmap, upnpWorld } from "../../../../../test/gateway/upnp-world.ts";

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
