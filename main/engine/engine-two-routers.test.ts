/** The engine where two routers lead to the internet, and the one that the system prefers hangs. */
import { expect, test } from "vitest";
import { serverOn } from "../../test/fixtures/servers.ts";
import { running, simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";

const FIRST = "192.0.2.1";
const SECOND = "198.51.100.1";
const MINUTE = 60_000;
/** Real milliseconds for hours of simulated time on a busy machine. */
const LONG = 60_000;
/** Milliseconds within which a router that hangs is told of, and left. */
const NOTICED = 75_000;
/** Milliseconds for which it has to answer before it is gone back to. */
const PROBATION = 90_000;

const page = serverOn("tcp/8080", null);

/** `routePoll` milliseconds: a look at the routes costs time, and hardly any test changes them. */
function world({ routers = 2, routePoll = MINUTE } = {}) {
  const { clock, network, engine: create, pcpAlone } = simulatedPc();
  network.gateways = [
    { address: FIRST, family: 4, interface: "eth0" } as const,
    { address: SECOND, family: 4, interface: "wlan0", kind: "wifi" } as const,
  ].slice(0, routers);
  const router = (address: string, outside: string): FakePcpGateway =>
    new FakePcpGateway({
      clock,
      transport: simulatedTransport(network, { address, port: 5351 }),
      externalAddress: outside,
    });
  const first = router(FIRST, "52.3.4.5");
  const second = router(SECOND, "52.3.8.5");
  const engine = create({ routePoll, createMappers: pcpAlone, servers: running([page]) });
  const expose = (internalPort: number): void => {
    engine.execute("expose", { transport: "tcp", internalPort, externalPort: null });
  };
  const endpoints = () =>
    engine.snapshot.exposures.map(({ endpoint }) => endpoint?.address ?? null);
  const hang = (router: FakePcpGateway, hangs = true): void => {
    router.script.silent = hangs;
  };
  return { clock, network, first, second, engine, expose, endpoints, hang };
}

test("within a minute and a quarter it is told, and the other router serves", async () => {
  const { clock, first, second, engine, expose, endpoints, hang } = world();
  await engine.start();
  expose(8080);
  await clock.advance(10 * MINUTE);
  expect([endpoints(), second.received]).toEqual([["52.3.4.5"], []]);
  hang(first);
  await clock.advance(NOTICED);
  expect(engine.snapshot).toMatchObject({
    gateways: [{ address: SECOND, state: "answering", externalAddress: "52.3.8.5" }],
    exposures: [{ state: "mapped", endpoint: { address: "52.3.8.5" }, error: null }],
  });
  expect(second.server.mappings).toHaveLength(1);
  expect(engine.snapshot.changes?.at(-1)).toMatchObject({
    what: "gateway",
    before: FIRST,
    after: SECOND,
    signal: "silence",
  });
  await engine.stop({ release: false });
});

test("it is gone back to once it has answered for a minute and a half, and the other's port is closed", async () => {
  const { clock, network, first, second, engine, expose, endpoints, hang } = world();
  await engine.start();
  expose(8080);
  await clock.advance(MINUTE);
  hang(first);
  await clock.advance(3 * MINUTE);
  expect(endpoints()).toEqual(["52.3.8.5"]);
  hang(first, false);
  // A router that restarts announces itself.
  network.sendToGroup(first.announcement(), { address: "224.0.0.1", port: 5350 }, first.address);
  await clock.advance(PROBATION - 1000);
  expect(endpoints()).toEqual(["52.3.8.5"]);
  await clock.advance(2000);
  expect(endpoints()).toEqual(["52.3.4.5"]);
  // For a moment both are open.
  expect([first, second].map(({ server }) => server.mappings.length)).toEqual([1, 1]);
  await clock.advance(15_000);
  expect([first, second].map(({ server }) => server.mappings.length)).toEqual([1, 0]);
  const change = engine.snapshot.changes?.find(({ what }) => what === "gateway");
  expect(change).toMatchObject({ before: SECOND, after: FIRST, signal: "return" });
  await clock.advance(60 * MINUTE);
  expect(endpoints()).toEqual(["52.3.4.5"]);
  await engine.stop({ release: false });
});

test("also after hours, when its own leases have ended", { timeout: LONG }, async () => {
  const { clock, first, engine, expose, endpoints, hang } = world();
  await engine.start();
  expose(8080);
  await clock.advance(MINUTE);
  hang(first);
  await clock.advance(180 * MINUTE);
  expect(endpoints()).toEqual(["52.3.8.5"]);
  hang(first, false);
  await clock.advance(12 * MINUTE);
  expect(endpoints()).toEqual(["52.3.4.5"]);
  await engine.stop({ release: false });
});

test("one that comes and goes moves the mappings ever more rarely", { timeout: LONG }, async () => {
  const { clock, first, engine, expose, endpoints, hang } = world();
  await engine.start();
  expose(8080);
  await clock.advance(MINUTE);
  let moves = 0;
  let last = endpoints()[0];
  // Four hours: five minutes up, five minutes down.
  for (let minute = 0; minute < 240; minute += 1) {
    hang(first, minute % 10 < 5);
    await clock.advance(MINUTE);
    const [now] = endpoints();
    expect(now).not.toBeNull();
    if (now !== last) moves += 1;
    last = now;
  }
  expect(moves).toBeGreaterThan(1);
  expect(moves).toBeLessThan(9);
  await engine.stop({ release: false });
});

test("the other is left at once when it hangs, too", async () => {
  const { clock, first, second, engine, expose, endpoints, hang } = world();
  await engine.start();
  expose(8080);
  await clock.advance(MINUTE);
  hang(first);
  await clock.advance(3 * MINUTE);
  hang(first, false);
  hang(second);
  await clock.advance(5 * MINUTE);
  expect(endpoints()).toEqual(["52.3.4.5"]);
  await engine.stop({ release: false });
});

test("what the user closed meanwhile is closed on it when it is back", async () => {
  const { clock, first, engine, expose, hang } = world();
  await engine.start();
  for (const port of [8080, 9090]) expose(port);
  await clock.advance(MINUTE);
  expect(first.server.mappings).toHaveLength(2);
  hang(first);
  await clock.advance(3 * MINUTE);
  engine.execute("withdraw", { transport: "tcp", internalPort: 9090 });
  await clock.advance(MINUTE);
  hang(first, false);
  await clock.advance(10 * MINUTE);
  expect(first.server.mappings).toMatchObject([{ internal: { port: 8080 } }]);
  expect(engine.snapshot.exposures).toMatchObject([{ internalPort: 8080, state: "mapped" }]);
  await engine.stop({ release: false });
});

test("a router that is the only one is told to be silent, and kept", async () => {
  const { clock, first, engine, expose, endpoints, hang } = world({ routers: 1 });
  await engine.start();
  expose(8080);
  await clock.advance(10 * MINUTE);
  hang(first);
  await clock.advance(NOTICED);
  expect(engine.snapshot.gateways).toMatchObject([{ address: FIRST, state: "silent" }]);
  hang(first, false);
  await clock.advance(NOTICED);
  expect(engine.snapshot.gateways).toMatchObject([{ address: FIRST, state: "answering" }]);
  expect(endpoints()).toEqual(["52.3.4.5"]);
  await engine.stop({ release: false });
});

test("another connection that the user chooses: what stands on the first router is closed", async () => {
  const { clock, first, second, engine, expose, endpoints } = world();
  await engine.start();
  expose(8080);
  await clock.advance(MINUTE);
  engine.execute("updateSettings", { interface: "wlan0" });
  await clock.advance(4000);
  expect(endpoints()).toEqual(["52.3.8.5"]);
  expect([first, second].map(({ server }) => server.mappings.length)).toEqual([1, 1]);
  await clock.advance(10_000);
  expect([first, second].map(({ server }) => server.mappings.length)).toEqual([0, 1]);
  await engine.stop({ release: false });
});

test("a router that is back within seconds keeps what stands on it", async () => {
  const { clock, network, first, engine, expose, endpoints } = world({ routePoll: 2000 });
  await engine.start();
  expose(8080);
  await clock.advance(MINUTE);
  const { gateways } = network;
  network.gateways = [];
  await clock.advance(4000);
  network.gateways = gateways;
  await clock.advance(30_000);
  expect(endpoints()).toEqual(["52.3.4.5"]);
  expect(first.server.mappings).toHaveLength(1);
  const unmaps = first.received.filter(({ request }) => request?.lifetime === 0);
  expect(unmaps.filter(({ request }) => request?.body.opcode === "map")).toEqual([]);
  await engine.stop({ release: false });
});
