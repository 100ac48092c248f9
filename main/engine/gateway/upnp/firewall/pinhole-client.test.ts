import { beforeEach, describe, expect, test } from "vitest";
import { simulatedEnvironment } from "../../../../../test/fixtures/environment.ts";
import { SimulatedLan } from "../../../../../test/fixtures/simulated-lan.ts";
import { FakeFirewall } from "../../../../../test/gateway/fake-firewall.ts";
import { never, watch, wish } from "../../../../../test/gateway/pcp-world.ts";
import { PinholeClient } from "./pinhole-client.ts";

const own = "2001:db8::10";
let environment: ReturnType<typeof simulatedEnvironment>;
let lan: SimulatedLan;
let firewall: FakeFirewall;
let client: PinholeClient;
let lost: string[];

beforeEach(() => {
  environment = simulatedEnvironment();
  const { clock, network } = environment;
  lan = new SimulatedLan(clock, network);
  firewall = new FakeFirewall({ clock, network, lan });
  client = new PinholeClient(environment, lan, { address: firewall.address, localAddress: own });
  lost = [];
  client.onStateLost((signal) => lost.push(signal));
});

async function settled<T>(promise: Promise<T>): Promise<T> {
  const outcome = watch(promise);
  await environment.clock.advanceUntil(
    () => outcome.value !== undefined || outcome.error !== undefined,
    60_000,
  );
  return promise;
}

const map = (change = {}) => settled(client.map(wish(change), never));

test("finds the firewall of the router alone, and not in the instant of the search over IPv4", async () => {
  expect(await settled(client.probe(never))).toBe(true);
  expect(firewall.searches).toEqual([350]);
  expect(environment.network.sent).toBe(1);
  expect(environment.network.openSockets).toBe(0);
});

test("opens the port for our own address, renews it and closes it", async () => {
  expect(await map()).toEqual({
    kind: "granted",
    externalAddress: own,
    externalPort: 8080,
    lifetime: 7200,
  });
  expect(firewall.pinholes).toMatchObject([{ client: own, port: 8080, protocol: 6 }]);
  await environment.clock.advance(3_600_000);
  expect(await map()).toMatchObject({ kind: "granted" });
  expect(firewall.actions).toContain("UpdatePinhole");
  expect(firewall.pinholes).toHaveLength(1);
  expect(await settled(client.unmap(wish({}), never))).toEqual({ kind: "gone" });
  expect(firewall.pinholes).toEqual([]);
  expect(lan.requests.every(({ localAddress }) => localAddress === own)).toBe(true);
});

test("never asks for more than a day, and UDP is UDP", async () => {
  expect(await map({ lifetime: 604_800, transport: "udp" })).toMatchObject({ lifetime: 86_400 });
  expect(firewall.pinholes).toMatchObject([{ protocol: 17 }]);
});

test("a pinhole that is gone is missed within a minute, and made anew", async () => {
  await map();
  firewall.restart();
  await environment.clock.advance(31_000);
  expect(lost).toEqual(["missing"]);
  await map();
  expect(firewall.pinholes).toHaveLength(1);
});

test("one that cannot be renewed is made anew at once", async () => {
  await map();
  firewall.restart();
  expect(await map()).toMatchObject({ kind: "granted" });
  expect(firewall.pinholes).toHaveLength(1);
});

describe("what a router says", () => {
  test.each([
    [606, "not-authorized"],
    [701, "no-resources"],
    [703, "not-authorized"],
    [705, "gateway-error"],
  ])("%i is %s", async (code, expected) => {
    firewall.fault = (action) => (action === "AddPinhole" ? code : null);
    expect(await map()).toMatchObject({ kind: "refused", problem: { code: expected } });
  });

  test("a firewall that is off lets everything in: there is nothing to open, nor to close", async () => {
    firewall.fault = (action) => (action === "AddPinhole" ? 702 : null);
    expect(await map()).toMatchObject({ kind: "granted", externalAddress: own });
    expect(await settled(client.unmap(wish({}), never))).toEqual({ kind: "gone" });
    expect(firewall.actions).toEqual(["AddPinhole"]);
  });

  test("another host is not opened", async () => {
    expect(await map({ host: "192.0.2.9" })).toMatchObject({
      problem: { code: "third-party-refused" },
    });
    expect(firewall.actions).toEqual([]);
  });
});

describe("nobody is believed who is not the router", () => {
  test.each([
    ["a name", "http://router.example/root.xml", null],
    ["another network", "http://[2001:db9::1]:5000/root.xml", null],
    ["another host of ours, from it", "http://[2001:db8::66]:5000/root.xml", null],
    ["IPv4", "http://192.0.2.1:5000/root.xml", null],
    ["this PC", `http://[${own}]:5000/root.xml`, null],
    ["an answer from elsewhere", null, { address: "2001:db9::66", port: 1900 }],
  ])("%s", async (_title, location, answersFrom) => {
    firewall.location = location;
    firewall.answersFrom = answersFrom;
    expect(await settled(client.probe(never))).toBe(false);
    expect(lan.requests).toEqual([]);
  });
});

test.each([null, "a0:36:9f:66:66:66"])(
  "another host that speaks for itself opens nothing (its link address is %s)",
  async (link) => {
    const { global } = firewall;
    environment.network.linkAddresses.delete(global);
    if (link !== null) environment.network.linkAddresses.set(global, link);
    const opened = watch(client.map(wish({}), never));
    expect(await settled(client.probe(never))).toBe(false);
    await environment.clock.advance(60_000);
    expect(opened.value).toBeUndefined();
    expect(firewall.actions).toEqual([]);
  },
);

test("silence is told when nobody is expected to answer any more, and close ends all", async () => {
  firewall.location = "nonsense";
  expect(await settled(client.probe(never))).toBe(false);
  expect(environment.clock.monotonic()).toBe(2800);
  client.close();
  expect(environment.clock.pending).toBe(0);
});

describe("one visitor alone", () => {
  const friend = "2001:db8:7::1";
  const limited = { sources: [friend] };
  const unsupported = { kind: "refused", problem: { code: "sources-unsupported" } };

  test("is let in, through renewals", async () => {
    expect(await map(limited)).toMatchObject({ kind: "granted" });
    expect(await map(limited)).toMatchObject({ kind: "granted" });
    expect(firewall.pinholes).toMatchObject([{ remoteHost: friend }]);
    expect(await settled(client.unmap(wish(limited), never))).toEqual({ kind: "gone" });
    expect(firewall.pinholes).toEqual([]);
  });

  test.each([[["2001:db8::/32"]], [[friend, "2001:db8:7::2"]]])(
    "%j is more than one address, and nobody is asked",
    async (sources) => {
      expect(await map({ sources })).toMatchObject(unsupported);
      expect(firewall.actions).toEqual([]);
    },
  );

  test("of a firewall that is off nobody is kept out", async () => {
    firewall.fault = (action) => (action === "AddPinhole" ? 702 : null);
    expect(await map(limited)).toMatchObject(unsupported);
    expect(await map()).toMatchObject({ kind: "granted" });
  });

  test("what an earlier run opened to everybody has to end first", async () => {
    await settled(client.unmap(wish(), never));
    expect(await map(limited)).toMatchObject(unsupported);
    expect(firewall.actions).toEqual([]);
    await environment.clock.advance(7_200_000);
    expect(await map(limited)).toMatchObject({ kind: "granted" });
  });
});
