/** What a run finds of an earlier one on a router that does not show whose its entries are: the lease book knows. */
import { describe, expect, test } from "vitest";
import { map, unmap, upnpWorld, type UpnpWorld } from "../../../../../test/gateway/upnp-world.ts";
import type { LeaseKey } from "../../port-mapper.ts";

const OWN = "192.0.2.10";
/** As the lease book has it of what was granted. */
const granted: Pick<LeaseKey, "externalPort" | "formerClient"> = {
  externalPort: 8080,
  formerClient: OWN,
};

function hidden(): UpnpWorld {
  const world = upnpWorld();
  world.gateway.script.fault = (action) => (/^Get.*Entry$/.test(action) ? 401 : null);
  return world;
}

describe("a router that hides its table", () => {
  test("loses what the lease book knows to be ours", async () => {
    const world = hidden();
    world.gateway.put({ internalClient: OWN, description: "Homeport TCP 8080", lease: 7200 });
    expect(await unmap(world, granted)).toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([]);
  });

  test("keeps what was asked for and never granted: the port may be anybody's", async () => {
    const world = hidden();
    world.gateway.put({ internalClient: OWN, description: "another app" });
    expect(await unmap(world, { externalPort: 8080 })).toEqual({ kind: "gone" });
    expect(world.gateway.entries).toHaveLength(1);
    expect(world.gateway.names()).not.toContain("DeletePortMapping");
  });

  test("and does not let its own client renew: the port is kept, not left for another", async () => {
    const world = hidden();
    world.gateway.put({ internalClient: OWN, description: "Homeport TCP 8080" });
    const { fault } = world.gateway.script;
    world.gateway.script.fault = (action, values) =>
      action === "AddPortMapping" && values["NewExternalPort"] === "8080"
        ? 718
        : fault(action, values);
    expect(await map(world, { formerClient: OWN })).toMatchObject({
      kind: "granted",
      externalPort: 8080,
    });
    expect(world.gateway.entries.map(({ externalPort }) => externalPort)).toEqual([8080]);
    expect(await unmap(world, granted)).toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([]);
  });
});

test("what a hidden table holds under an address of this PC that is gone is made anew", async () => {
  const world = hidden();
  world.gateway.mapsForOthers = true;
  world.gateway.put({ internalClient: "192.0.2.9", description: "Homeport TCP 8080" });
  expect(await map(world, { formerClient: "192.0.2.9" })).toMatchObject({ externalPort: 8080 });
  expect(world.gateway.entries).toMatchObject([{ internalClient: OWN, externalPort: 8080 }]);
});

describe("a router that keeps no descriptions", () => {
  test("loses what the lease book knows to be ours, and renews it", async () => {
    const world = upnpWorld();
    world.gateway.put({ internalClient: OWN, description: "", lease: 100 });
    expect(await map(world, { formerClient: OWN })).toMatchObject({ lifetime: 7200 });
    const later = upnpWorld();
    later.gateway.put({ internalClient: OWN, description: "", lease: 100 });
    expect(await unmap(later, granted)).toEqual({ kind: "gone" });
    expect(later.gateway.entries).toEqual([]);
  });

  test.each([
    ["somebody's words", { internalClient: OWN, description: "another app" }],
    ["another port of ours", { internalClient: OWN, description: "", internalPort: 81 }],
    ["another host", { description: "" }],
  ])("keeps %s at that port", async (_what, entry) => {
    const world = upnpWorld();
    world.gateway.put(entry);
    expect(await unmap(world, granted)).toEqual({ kind: "gone" });
    expect(world.gateway.entries).toHaveLength(1);
  });

  test("what another program opened is never in the book as made by us", async () => {
    const world = upnpWorld();
    world.gateway.put({ internalClient: OWN, description: "another app" });
    const outcome = await map(world);
    expect(outcome).toMatchObject({ kind: "granted" });
    expect(outcome).not.toHaveProperty("internalClient");
  });
});

describe("another device, opened under an address of this PC that is gone", () => {
  const printer = { host: "192.0.2.50", internalPort: 80, suggestedPort: 8080 };
  const former = { ...printer, externalPort: 8080, formerClient: "192.0.2.9" };
  const made = { internalClient: printer.host, internalPort: 80, lease: 100 };
  const words = "Homeport TCP 80 via 192 0 2 9";

  function world(description = words): UpnpWorld {
    const one = upnpWorld();
    one.gateway.mapsForOthers = true;
    one.gateway.put({ ...made, description });
    return one;
  }

  test("is closed", async () => {
    const w = world();
    expect(await unmap(w, former)).toEqual({ kind: "gone" });
    expect(w.gateway.entries).toEqual([]);
  });

  test("is renewed at its port, in our name", async () => {
    const w = world();
    const outcome = await map(w, former);
    expect(outcome).toMatchObject({ kind: "granted", externalPort: 8080, internalClient: OWN });
    expect(w.gateway.entries).toMatchObject([
      { ...made, lease: 7200, description: "Homeport TCP 80 via 192 0 2 10" },
    ]);
  });

  test.each(["Homeport TCP 80", "Homeport TCP 80 via 192 0 2 60", "another app"])(
    "is left alone where it is another's (%s)",
    async (description) => {
      const w = world(description);
      expect(await unmap(w, former)).toEqual({ kind: "gone" });
      expect(w.gateway.entries).toHaveLength(1);
    },
  );
});
