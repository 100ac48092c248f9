/** A second start against a router with a quirk: what the first one found out is not found out again. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { SimulatedLan } from "../../../test/fixtures/simulated-lan.ts";
import { FakeIgd, fakeService, IGD2, IP1, IP2 } from "../../../test/gateway/fake-igd.ts";
import { never, watch, wish } from "../../../test/gateway/pcp-world.ts";
import { GatewayMemory } from "./gateway-memory.ts";
import { GatewayTracker } from "./gateway-tracker.ts";
import { LeaseBook } from "./lease-book.ts";
import type { LeaseRequest, MapOutcome } from "./port-mapper.ts";
import { searchTargets } from "./upnp/device/ssdp.ts";
import { UpnpClient } from "./upnp/igd/client.ts";

const address = "192.0.2.1";
const link = "a0:36:9f:11:22:33";

/** One router; `start` is one run of ours from its beginning, `later` milliseconds after the last one ended. */
function home(prepare: (router: FakeIgd) => void) {
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  const lan = new SimulatedLan(clock, network);
  const router = new FakeIgd({ clock, network, lan, address });
  prepare(router);
  network.linkAddresses.set(address, link);
  const directory = mkdtempSync(join(tmpdir(), "homeport-quirks-"));
  const path = join(directory, "gateways.json");
  async function start(change: Partial<LeaseRequest> = {}): Promise<MapOutcome | undefined> {
    const memory = new GatewayMemory(path, environment);
    memory.load();
    router.actions.length = 0;
    const tracker = new GatewayTracker({
      environment,
      book: new LeaseBook(join(directory, "leases.jsonl"), () => clock.now()),
      memory,
      candidates: () => Promise.resolve([{ address }]),
      createMappers: (gateway, quirks) => [new UpnpClient(environment, lan, gateway, quirks)],
      onChange: () => undefined,
      onStateLost: () => undefined,
    });
    await tracker.look();
    await clock.advance(1000);
    const outcome = watch(tracker.mapper?.map(wish(change), never) ?? Promise.reject(new Error()));
    await clock.advance(10_000);
    tracker.close();
    router.drop((entry) => entry.description !== "somebody else");
    return outcome.value;
  }
  /** What was asked for in the last run up to the mapping. */
  const asked = (name: string): number => router.names().filter((each) => each === name).length;
  return { clock, network, router, start, asked, memory: () => path };
}

function takesPermanentLeases({ script }: FakeIgd): void {
  script.fault = (action, values) =>
    action === "AddPortMapping" && values["NewLeaseDuration"] !== "0" ? 725 : null;
}

function takesTheSamePort({ script }: FakeIgd): void {
  script.fault = (action, values) =>
    action === "AddPortMapping" && values["NewExternalPort"] !== values["NewInternalPort"]
      ? 724
      : null;
}

describe("a second start asks less", () => {
  test.each<[string, (router: FakeIgd) => void]>([
    ["unicast alone", ({ script }) => (script.hears = "unicast")],
    ["IGD:2 alone", ({ script }) => (script.answersTo = [IGD2])],
    ["its service alone", ({ script }) => (script.answersTo = [IP1])],
  ])("a router that answers %s: in its way at once", async (_name, prepare) => {
    const { clock, router, start } = home(prepare);
    await start();
    router.searches.length = 0;
    const begun = clock.monotonic();
    await start();
    expect(router.searches.map(({ at }) => at - begun)).toEqual([0]);
    // One whose new firmware answers as it should is asked like any other.
    router.script.hears = "multicast";
    router.script.answersTo = [searchTargets.igd1, searchTargets.all];
    await start();
    router.searches.length = 0;
    await start();
    expect(router.searches).toMatchObject([{ target: searchTargets.igd1, by: "multicast" }]);
  });

  test("725: for a permanent lease at once", async () => {
    const { start, asked } = home(takesPermanentLeases);
    await start();
    expect(asked("AddPortMapping")).toBe(2);
    await start();
    expect(asked("AddPortMapping")).toBe(1);
  });

  test("724: for the same port at once", async () => {
    const { start, router, asked } = home(takesTheSamePort);
    await start({ suggestedPort: 9000 });
    expect(asked("AddPortMapping")).toBe(2);
    await expect(start({ suggestedPort: 9000 })).resolves.toMatchObject({ externalPort: 8080 });
    expect(asked("AddPortMapping")).toBe(1);
    expect(router.names()).toHaveLength(6);
  });

  test("402: for the lease that it took", async () => {
    const { start, asked } = home(({ script }) => {
      script.fault = (action, values) =>
        action === "AddPortMapping" && Number(values["NewLeaseDuration"]) < 86_400 ? 402 : null;
    });
    await expect(start()).resolves.toMatchObject({ lifetime: 86_400 });
    await expect(start()).resolves.toMatchObject({ lifetime: 86_400 });
    expect(asked("AddPortMapping")).toBe(1);
  });

  test("single entries that it does not tell", async () => {
    const { start, asked } = home(({ script }) => {
      script.fault = (action) => (action === "GetSpecificPortMappingEntry" ? 714 : null);
    });
    await start();
    expect(asked("GetSpecificPortMappingEntry")).toBe(2);
    await expect(start()).resolves.toMatchObject({ kind: "granted" });
    expect(asked("GetSpecificPortMappingEntry")).toBe(0);
  });

  test("an IGD 2 that picks no port", async () => {
    const { start, asked, router } = home(({ script }) => {
      script.services = [fakeService(IP2)];
      script.fault = (action) => (action === "AddAnyPortMapping" ? 602 : null);
    });
    router.put({ externalPort: 8080 });
    await start();
    expect(asked("AddAnyPortMapping")).toBe(1);
    await expect(start()).resolves.toMatchObject({ kind: "granted" });
    expect(asked("AddAnyPortMapping")).toBe(0);
  });
});

describe("what was remembered is dropped", () => {
  test("on another router of the same address", async () => {
    const { start, asked, network } = home(takesPermanentLeases);
    await start();
    network.linkAddresses.set(address, "a0:36:9f:11:22:99");
    await start();
    expect(asked("AddPortMapping")).toBe(2);
    // Back at the first one it still holds.
    network.linkAddresses.set(address, link);
    await start();
    expect(asked("AddPortMapping")).toBe(1);
  });

  test("when the router refuses it now", async () => {
    const { start, asked, router } = home(takesPermanentLeases);
    await start();
    router.script.fault = (action, values) =>
      action === "AddPortMapping" && values["NewLeaseDuration"] === "0" ? 402 : null;
    await expect(start()).resolves.toMatchObject({ lifetime: 7200 });
    expect(asked("AddPortMapping")).toBe(2);
    await expect(start()).resolves.toMatchObject({ lifetime: 7200 });
    expect(asked("AddPortMapping")).toBe(1);
  });

  test("when another port is opened after all", async () => {
    const { start, router } = home(takesTheSamePort);
    await start({ suggestedPort: 9000 });
    router.script.fault = () => null;
    router.put({ externalPort: 8080 });
    await expect(start({ suggestedPort: 9000 })).resolves.toMatchObject({ externalPort: 9000 });
    router.drop(() => true);
    await expect(start({ suggestedPort: 9000 })).resolves.toMatchObject({ externalPort: 9000 });
  });

  test("after a month, since not every quirk shows that it is gone", async () => {
    const { start, asked, clock, router } = home(takesPermanentLeases);
    await start();
    router.script.fault = () => null;
    await clock.advance(29 * 24 * 3_600_000);
    await start();
    expect(asked("AddPortMapping")).toBe(1);
    await clock.advance(2 * 24 * 3_600_000);
    await expect(start()).resolves.toMatchObject({ lifetime: 7200 });
    await expect(start()).resolves.toMatchObject({ lifetime: 7200 });
  });
});

test("a router that the system tells from others only later is remembered", async () => {
  const { start, asked, network, clock } = home(takesPermanentLeases);
  let looks = 0;
  network.linkAddress = async () => {
    looks += 1;
    if (looks === 1) return null;
    await new Promise<void>((resolve) => clock.after(2000, resolve));
    return link;
  };
  await start();
  network.linkAddress = async () => link;
  await start();
  expect(asked("AddPortMapping")).toBe(1);
});

test("of a router whose link-layer address nobody knows nothing is remembered", async () => {
  const { start, asked, network } = home(takesPermanentLeases);
  network.linkAddresses.clear();
  await start();
  await start();
  expect(asked("AddPortMapping")).toBe(2);
});
