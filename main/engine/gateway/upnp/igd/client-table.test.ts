/** What the UPnP client does beside mapping for this PC: the address, the table, other hosts, a router in between. */
import { describe, expect, test } from "vitest";
import { fakeService, IP2 } from "../../../../../test/gateway/fake-igd.ts";
import { never, watch, wish } from "../../../../../test/gateway/pcp-world.ts";
import { upnpWorld } from "../../../../../test/gateway/upnp-world.ts";

type World = ReturnType<typeof upnpWorld>;

async function settled<T>({ clock }: World, promise: Promise<T>): Promise<T> {
  const outcome = watch(promise);
  await clock.advanceUntil(
    () => outcome.value !== undefined || outcome.error !== undefined,
    60_000,
  );
  return promise;
}

test("tells the external address without leaving anything behind", async () => {
  const world = upnpWorld();
  expect(await settled(world, world.client.inquire(never))).toEqual({
    kind: "address",
    address: "203.0.113.7",
  });
  expect(world.gateway.entries).toEqual([]);
});

describe("the table", () => {
  test("has all entries, and knows ours", async () => {
    const world = upnpWorld();
    world.gateway.put({ externalPort: 4000 });
    const name = world.network.localAddress;
    world.gateway.put({ externalPort: 4001, internalClient: name, description: "another app" });
    await settled(world, world.client.map(wish({}), never));
    const table = await settled(world, world.client.table(never));
    expect(table?.map(({ externalPort, lease, ours }) => [externalPort, lease, ours])).toEqual([
      [4000, null, false],
      [4001, null, false],
      [8080, 7200, true],
    ]);
  });

  test("knows ours of this run also where the router keeps no words", async () => {
    const world = upnpWorld();
    world.gateway.script.keepsDescriptions = false;
    await settled(world, world.client.map(wish({}), never));
    expect(await settled(world, world.client.table(never))).toMatchObject([{ ours: true }]);
  });

  test("is empty, or null where the router does not show it", async () => {
    const world = upnpWorld();
    expect(await settled(world, world.client.table(never))).toEqual([]);
    world.gateway.script.fault = (action) => (action === "GetGenericPortMappingEntry" ? 401 : null);
    expect(await settled(world, world.client.table(never))).toBeNull();
  });

  test("of a router that never ends its list is bounded", async () => {
    const world = upnpWorld();
    const entry = world.gateway.put({ externalPort: 4000 });
    world.gateway.script.reply = (action) =>
      action === "GetGenericPortMappingEntry"
        ? {
            status: 200,
            body: `<s:Envelope xmlns:s="x"><s:Body><u:${action}Response xmlns:u="y"><NewExternalPort>${entry.externalPort}</NewExternalPort><NewProtocol>TCP</NewProtocol><NewInternalPort>1</NewInternalPort><NewInternalClient>192.0.2.9</NewInternalClient></u:${action}Response></s:Body></s:Envelope>`,
          }
        : null;
    expect(await settled(world, world.client.table(never))).toHaveLength(1);
    expect(world.gateway.actions.length).toBeLessThan(5);
  });

  function igd2(): World {
    const world = upnpWorld();
    world.gateway.script.services = [fakeService(IP2)];
    world.gateway.lists = true;
    return world;
  }
  const askedFor = ({ gateway }: World): readonly string[] => [...new Set(gateway.names())];

  test("comes in one answer for each transport where the router can", async () => {
    const world = igd2();
    const internalClient = world.network.localAddress;
    for (let port = 1; port <= 200; port += 1) world.gateway.put({ externalPort: port });
    const own = { externalPort: 300, transport: "UDP", internalClient, lease: 100 } as const;
    world.gateway.put({ ...own, description: "Homeport UDP 8080" });
    const entries = await settled(world, world.client.table(never));
    expect(entries).toHaveLength(201);
    expect(entries?.at(-1)).toEqual({
      transport: "udp",
      externalPort: 300,
      internalClient,
      internalPort: 8080,
      description: "Homeport UDP 8080",
      lease: 100,
      ours: true,
      toThisPc: true,
    });
    expect(askedFor(world)).toEqual(["description", "scpd", "GetListOfPortMappings"]);
  });

  test("is read entry by entry where that answer does not come, or not whole; at most 500", async () => {
    const old = igd2();
    old.gateway.lists = false;
    old.gateway.put({});
    expect(await settled(old, old.client.table(never))).toHaveLength(1);
    const full = igd2();
    for (let port = 1; port <= 600; port += 1) full.gateway.put({ externalPort: port });
    expect(await settled(full, full.client.table(never))).toHaveLength(500);
    const empty = igd2();
    expect(await settled(empty, empty.client.table(never))).toEqual([]);
  });

  test("long as it may be, holds up no mapping", async () => {
    const world = upnpWorld();
    for (let port = 1; port <= 300; port += 1) world.gateway.put({ externalPort: port });
    const table = watch(world.client.table(never));
    await world.clock.advanceUntil(() => world.gateway.actions.length > 20, 10_000);
    await settled(world, world.client.map(wish(), never));
    // What it asks itself, each after one place of the list.
    expect(world.gateway.actions.length).toBeLessThan(30);
    expect(table.value).toBeUndefined();
    await world.clock.advanceUntil(() => table.value !== undefined, 60_000);
    expect(table.value).toHaveLength(301);
  });

  test("is whole also when an entry goes while it is read", async () => {
    const world = upnpWorld();
    await settled(world, world.client.map(wish(), never));
    for (let port = 1; port <= 30; port += 1) world.gateway.put({ externalPort: port });
    const table = watch(world.client.table(never));
    await world.clock.advanceUntil(() => world.gateway.actions.length > 20, 10_000);
    // Ours stood first: every place moves.
    await settled(world, world.client.unmap(wish(), never));
    expect(table.value).toBeUndefined();
    await world.clock.advanceUntil(() => table.value !== undefined, 60_000);
    expect(table.value?.map(({ externalPort }) => externalPort)).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
  });

  test("loses what is ours, and nothing else", async () => {
    const world = upnpWorld();
    const own = world.network.localAddress;
    const leaked = { internalClient: own, internalPort: 81, description: "Homeport TCP 81" };
    world.gateway.put({ externalPort: 81, ...leaked });
    world.gateway.put({ externalPort: 82, internalClient: own, description: "another app" });
    world.gateway.put({ externalPort: 83, description: "Homeport TCP 83", internalPort: 83 });
    const remove = (externalPort: number) =>
      settled(world, world.client.removeOurs({ transport: "tcp", externalPort }, never));
    for (const port of [81, 84]) expect(await remove(port)).toEqual({ kind: "gone" });
    const refused = { kind: "refused", problem: { code: "mapping-foreign" } };
    for (const port of [82, 83]) expect(await remove(port)).toMatchObject(refused);
    expect(world.gateway.entries.map(({ externalPort }) => externalPort)).toEqual([82, 83]);
    expect(world.gateway.names().filter((name) => name === "DeletePortMapping")).toHaveLength(1);
  });
});

describe("another host of the network", () => {
  const printer = { host: "192.0.2.50", internalPort: 80, suggestedPort: 8080 };

  test("is mapped where the router allows it, and taken off again", async () => {
    const world = upnpWorld();
    world.gateway.mapsForOthers = true;
    expect(await settled(world, world.client.map(wish(printer), never))).toMatchObject({
      kind: "granted",
      externalPort: 8080,
    });
    expect(world.gateway.entries).toMatchObject([
      { internalClient: "192.0.2.50", internalPort: 80, externalPort: 8080 },
    ]);
    const { transport, internalPort, nonce } = wish(printer);
    const key = { transport, internalPort, nonce, host: printer.host, externalPort: 8080 };
    expect(await settled(world, world.client.unmap(key, never))).toEqual({ kind: "gone" });
    expect(world.gateway.entries).toEqual([]);
  });

  test.each(["Homeport TCP 80", "Homeport TCP 80 via 192 0 2 60"])(
    "has a Homeport of its own, or a third one opened it (%s): neither renewed nor deleted",
    async (description) => {
      const world = upnpWorld();
      world.gateway.mapsForOthers = true;
      const theirs = world.gateway.put({
        externalPort: 8080,
        internalClient: printer.host,
        internalPort: 80,
        description,
        lease: 1000,
      });
      // It leads where it should already.
      expect(await settled(world, world.client.map(wish(printer), never))).toMatchObject({
        externalPort: 8080,
        lifetime: 1000,
      });
      const key = { ...wish(printer), externalPort: 8080 };
      expect(await settled(world, world.client.unmap(key, never))).toEqual({ kind: "gone" });
      expect(world.gateway.entries).toEqual([theirs]);
      const [entry] = (await settled(world, world.client.table(never))) ?? [];
      expect(entry?.ours).toBe(false);
    },
  );

  test("what an earlier run of ours opened is ours to list, renew and delete", async () => {
    const world = upnpWorld();
    world.gateway.mapsForOthers = true;
    const made = { externalPort: 8080, internalClient: printer.host, internalPort: 80 };
    world.gateway.put({ ...made, description: "Homeport TCP 80 via 192 0 2 10", lease: 100 });
    const [entry] = (await settled(world, world.client.table(never))) ?? [];
    expect(entry?.ours).toBe(true);
    expect(await settled(world, world.client.map(wish(printer), never))).toMatchObject({
      externalPort: 8080,
      lifetime: 7200,
    });
    expect(world.gateway.entries).toMatchObject([
      { ...made, description: "Homeport TCP 80 via 192 0 2 10" },
    ]);
    await settled(world, world.client.unmap({ ...wish(printer), externalPort: 8080 }, never));
    expect(world.gateway.entries).toEqual([]);
  });

  test("what another Homeport opened for this PC is not ours", async () => {
    const world = upnpWorld();
    const theirs = world.gateway.put({
      internalClient: world.network.localAddress,
      description: "Homeport TCP 8080 via 192 0 2 60",
    });
    await settled(world, world.client.unmap({ ...wish(), externalPort: 8080 }, never));
    await settled(world, world.client.removeOurs({ transport: "tcp", externalPort: 8080 }, never));
    expect(world.gateway.entries).toEqual([theirs]);
  });

  test("a port that somebody holds is a taken port, whoever it was for", async () => {
    const world = upnpWorld();
    world.gateway.mapsForOthers = true;
    world.gateway.put({ externalPort: 8080 });
    const exact = wish({ ...printer, exactPort: true });
    expect(await settled(world, world.client.map(exact, never))).toMatchObject({
      kind: "refused",
      problem: { code: "cannot-provide-external" },
    });
  });

  test.each([606, 718])(
    "is refused in plain words where the router does not (%i)",
    async (code) => {
      const world = upnpWorld();
      world.gateway.script.fault = (action, values) =>
        action.startsWith("Add") && values["NewInternalClient"] === printer.host ? code : null;
      expect(await settled(world, world.client.map(wish(printer), never))).toMatchObject({
        kind: "refused",
        problem: { code: "third-party-refused" },
      });
      expect(world.gateway.entries).toEqual([]);
    },
  );
});

describe("a gateway behind another router", () => {
  test("is asked alone, and leads to that router", async () => {
    const world = upnpWorld(1, { clientAddress: "192.0.2.77" });
    world.gateway.seesAs = "192.0.2.77";
    expect(await settled(world, world.client.map(wish({}), never))).toMatchObject({
      kind: "granted",
      externalPort: 8080,
    });
    expect(world.gateway.entries).toMatchObject([{ internalClient: "192.0.2.77" }]);
    expect(new Set(world.gateway.searches.map(({ by }) => by))).toEqual(new Set(["unicast"]));
    const [entry] = (await settled(world, world.client.table(never))) ?? [];
    expect(entry?.ours).toBe(true);
  });

  test("leads to that router for another host too: it knows no host behind it", async () => {
    const world = upnpWorld(1, { clientAddress: "192.0.2.77" });
    world.gateway.seesAs = "192.0.2.77";
    const wished = wish({ host: "192.168.1.50" });
    expect(await settled(world, world.client.map(wished, never))).toMatchObject({
      kind: "granted",
    });
    expect(world.gateway.entries).toMatchObject([{ internalClient: "192.0.2.77" }]);
  });
});
