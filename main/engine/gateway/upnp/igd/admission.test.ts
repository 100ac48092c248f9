/** Letting in one visitor alone by UPnP (RemoteHost). */
import { beforeEach, describe, expect, test } from "vitest";
import { never, watch, wish } from "../../../../../test/gateway/pcp-world.ts";
import { upnpWorld } from "../../../../../test/gateway/upnp-world.ts";
import { UpnpClient } from "./client.ts";

const friend = "198.51.100.7";
const limited = wish({ sources: [friend] });

let world: ReturnType<typeof upnpWorld>;
/** Whether our port was open to everybody at any moment. */
let wasOpen: boolean;

beforeEach(() => {
  world = upnpWorld();
  wasOpen = false;
});

async function settled<T>(promise: Promise<T>): Promise<T> {
  const outcome = watch(promise);
  const over = (): boolean => {
    wasOpen ||= world.gateway.entries.some(
      ({ internalPort, remoteHost }) => internalPort === limited.internalPort && remoteHost === "",
    );
    return outcome.value !== undefined || outcome.error !== undefined;
  };
  await world.clock.advanceUntil(over, 60_000);
  return promise;
}

const map = (request = limited) => settled(world.client.map(request, never));
const ours = () =>
  world.gateway.entries.map(({ externalPort, remoteHost }) => `${externalPort} ${remoteHost}`);
const added = () =>
  world.gateway.actions.flatMap(({ name, values }) =>
    name === "AddPortMapping" ? [values["NewInternalPort"]] : [],
  );

describe("a router that keeps the visitor", () => {
  beforeEach(() => {
    world.gateway.script.remoteHost = "keeps";
  });

  test("shows it by a mapping to a port where nobody is, before ours is opened", async () => {
    expect(await map()).toMatchObject({ kind: "granted", externalPort: 8080 });
    expect(ours()).toEqual([`8080 ${friend}`]);
    const [proof, real, ...more] = added();
    expect([real, more]).toEqual(["8080", []]);
    expect(proof).not.toBe("8080");
    expect(world.network.openSockets).toBe(0);
    expect(wasOpen).toBe(false);
  });

  test("renews and deletes it by its key, and is asked for proof once", async () => {
    await map();
    await world.clock.advance(1000_000);
    expect(await map({ ...limited, renewal: true })).toMatchObject({ kind: "granted" });
    expect(added()).toHaveLength(3);
    expect(ours()).toEqual([`8080 ${friend}`]);
    expect(world.lost).toEqual([]);
    expect(await settled(world.client.unmap(limited, never))).toEqual({ kind: "gone" });
    expect(ours()).toEqual([]);
  });

  test("the next run finds it again and deletes it", async () => {
    await map();
    const { environment, lan, gateway } = world;
    const next = new UpnpClient(environment, lan, { address: gateway.address });
    const key = { ...limited, externalPort: 8080 };
    expect(await settled(next.unmap(key, never))).toEqual({ kind: "gone" });
    expect(ours()).toEqual([]);
  });

  test("that it is gone is noticed", async () => {
    await map();
    await world.clock.advance(120_000);
    expect(world.lost).toEqual([]);
    world.gateway.restart();
    await world.clock.advance(120_000);
    expect(world.lost).toEqual(["missing"]);
  });

  test("where another host has the port for everybody, nothing is taken from it", async () => {
    world.gateway.put({ externalPort: 8080 });
    await map();
    expect(ours()).toContain("8080 ");
    expect(ours()).not.toContain(`8080 ${friend}`);
  });

  test("where another program here has it open for everybody, the limit would be none", async () => {
    const internalClient = world.network.localAddress;
    world.gateway.put({ internalClient, description: "another app" });
    expect(await map()).toMatchObject({ problem: { code: "sources-unsupported" } });
    expect(ours()).toEqual(["8080 "]);
  });

  test("the router's table shows it, and it can be removed there", async () => {
    await map();
    const table = await settled(world.client.table(never));
    expect(table).toMatchObject([{ externalPort: 8080, ours: true }]);
    const entry = { transport: "tcp", externalPort: 8080 } as const;
    expect(await settled(world.client.removeOurs(entry, never))).toEqual({ kind: "gone" });
    expect(ours()).toEqual([]);
  });
});

describe("a router that does not", () => {
  test.each([
    ["lets in everybody", "ignores", "it does not keep the address"],
    ["says 726", "refuses", "UPnP 726 RemoteHostOnlySupportsWildcard"],
  ] as const)("%s: found out at a port where nobody is", async (_name, remoteHost, why) => {
    world.gateway.script.remoteHost = remoteHost;
    const outcome = await map();
    expect(outcome).toMatchObject({ kind: "refused", problem: { code: "sources-unsupported" } });
    expect(outcome.kind === "refused" ? outcome.problem.message : "").toContain(why);
    expect(ours()).toEqual([]);
    expect(added()).not.toContain("8080");
    expect(wasOpen).toBe(false);
  });

  test("shows no list: nothing proves it", async () => {
    world.gateway.script.remoteHost = "keeps";
    world.gateway.script.fault = (action) => (action === "GetGenericPortMappingEntry" ? 401 : null);
    expect(await map()).toMatchObject({ problem: { code: "sources-unsupported" } });
    expect(ours()).toEqual([]);
  });

  test("calls the request wrong: so it is about the visitor", async () => {
    world.gateway.script.fault = (action, values) =>
      action === "AddPortMapping" && values["NewRemoteHost"] !== "" ? 600 : null;
    expect(await map()).toMatchObject({ problem: { code: "sources-unsupported" } });
  });

  test("forgets it later, and another program opens the port to everybody: that stays, and is no limit", async () => {
    world.gateway.script.remoteHost = "keeps";
    await map();
    await settled(world.client.unmap(limited, never));
    world.gateway.script.remoteHost = "ignores";
    const internalClient = world.network.localAddress;
    world.gateway.put({ internalClient, description: "another app" });
    expect(await map()).toMatchObject({ problem: { code: "sources-unsupported" } });
    expect(world.gateway.entries).toMatchObject([{ description: "another app" }]);
  });

  test("forgets it later: a renewal that lets in everybody is deleted", async () => {
    world.gateway.script.remoteHost = "keeps";
    await map();
    world.gateway.restart();
    world.gateway.script.remoteHost = "ignores";
    expect(await map()).toMatchObject({ problem: { code: "sources-unsupported" } });
    expect(ours()).toEqual([]);
  });
});

test.each([[[friend, "198.51.100.8"]], [["198.51.100.0/24"]]])(
  "%j is more than one address, and nobody is asked",
  async (sources) => {
    expect(await map(wish({ sources }))).toMatchObject({
      problem: { code: "sources-unsupported" },
    });
    expect(world.gateway.actions).toEqual([]);
  },
);
