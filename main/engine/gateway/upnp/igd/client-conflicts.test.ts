/** What the client does where somebody else holds the port, or seems to. */
import { describe, expect, test } from "vitest";
import { fakeService, IP2 } from "../../../../../test/gateway/fake-igd.ts";
import { map, unmap, upnpWorld } from "../../../../../test/gateway/upnp-world.ts";

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
