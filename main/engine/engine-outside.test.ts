/** The engine where the user lets a server on the internet tell which address it sees. */
import { expect, test } from "vitest";
import { describeState } from "../../shared/endpoint.ts";
import { FakeStunServer } from "../../test/fixtures/fake-stun-server.ts";
import { simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";
import type { EngineOptions } from "./engine.ts";

const server = "52.3.4.1:3478";

function world(options: Partial<EngineOptions> = {}) {
  const { clock, network, engine: create, pcpAlone } = simulatedPc();
  const router = new FakePcpGateway({
    clock,
    transport: simulatedTransport(network, { address: "192.0.2.1", port: 5351 }),
    externalAddress: "52.3.4.5",
  });
  const stun = new FakeStunServer(network, { address: "52.3.4.1", port: 3478 }, "52.3.4.5");
  const engine = create({ createMappers: pcpAlone, ...options });
  const expose = () =>
    engine.execute("expose", { transport: "tcp", internalPort: 8080, externalPort: null });
  const choose = (observer: string | null) => engine.execute("updateSettings", { observer });
  return { clock, network, router, stun, engine, expose, choose };
}

test("nobody is asked unless the user says so, and nobody any more when it is taken back", async () => {
  const { clock, stun, engine, expose, choose } = world();
  await engine.start();
  expose();
  await clock.advance(7_200_000);
  expect(engine.snapshot).not.toHaveProperty("outside");
  expect(engine.snapshot.settings.observer).toBeNull();
  expect(stun.requests).toEqual([]);
  choose(server);
  await clock.advance(1000);
  expect(engine.snapshot).toMatchObject({
    settings: { observer: server },
    outside: { server, address: "52.3.4.5", finding: null, error: null },
    exposures: [{ finding: null }],
  });
  choose(null);
  await clock.advance(7_200_000);
  expect(engine.snapshot).not.toHaveProperty("outside");
  expect(stun.requests).toHaveLength(1);
  await engine.stop({ release: false });
});

test("the choice outlives a run; one for the run alone goes before it", async () => {
  const first = world({ observer: "52.3.4.2:3478" });
  first.choose(server);
  const other = new FakeStunServer(first.network, { address: "52.3.4.2", port: 3478 }, "52.3.4.5");
  await first.engine.start();
  await first.clock.advance(1000);
  expect(first.engine.snapshot.settings.observer).toBe(server);
  expect(first.engine.snapshot.outside?.server).toBe("52.3.4.2:3478");
  expect([first.stun.requests.length, other.requests.length]).toEqual([0, 1]);
  await first.engine.stop({ release: false });
});

test("an address that looks public and is not the one seen is a finding, until it is", async () => {
  const { clock, network, router, stun, engine, expose } = world({ observer: server });
  router.server.externalAddress = "52.9.9.9";
  await engine.start();
  expose();
  await clock.advance(10_000);
  const [exposure] = engine.snapshot.exposures;
  expect(engine.snapshot.outside).toMatchObject({
    address: "52.3.4.5",
    finding: { code: "address-differs" },
  });
  expect(exposure).toMatchObject({
    state: "mapped",
    endpoint: { address: "52.9.9.9" },
    finding: { code: "address-differs" },
  });
  expect(exposure && describeState(exposure)).toBe(
    "Open on the router, but most likely not reachable",
  );
  // The upper router is taken away: the router has its address of the internet itself.
  router.reboot();
  router.server.externalAddress = "52.3.4.5";
  network.sendToGroup(router.announcement(), { address: "224.0.0.1", port: 5350 }, router.address);
  await clock.advance(60_000);
  expect(engine.snapshot.outside).toMatchObject({ address: "52.3.4.5", finding: null });
  expect(engine.snapshot.exposures).toMatchObject([
    { endpoint: { address: "52.3.4.5" }, finding: null },
  ]);
  expect(stun.requests.length).toBeLessThanOrEqual(3);
  await engine.stop({ release: false });
});

test("what the internet sees first is a reason to ask the router, and goes into the history", async () => {
  const { clock, router, stun, engine, expose } = world({ observer: server });
  await engine.start();
  expose();
  await clock.advance(60_000);
  router.server.externalAddress = "52.3.4.6";
  stun.sees = "52.3.4.6";
  // PCP renews after an hour at the earliest (RFC 6887 §11.2.1).
  await clock.advance(58 * 60_000);
  expect(engine.snapshot.outside).toMatchObject({ address: "52.3.4.6", finding: null });
  expect(engine.snapshot.exposures).toMatchObject([{ endpoint: { address: "52.3.4.6" } }]);
  expect(engine.snapshot.changes).toMatchObject([
    { what: "external-address", before: "52.3.4.5", after: "52.3.4.6", signal: "outside" },
  ]);
  await engine.stop({ release: false });
});

test("a new address of the router is never held against what was seen of the old one", async () => {
  const { clock, network, router, stun, engine, expose } = world({ observer: server });
  const findings: string[] = [];
  engine.subscribe(({ outside, exposures }) => {
    for (const finding of [outside?.finding, ...exposures.map((exposure) => exposure.finding)]) {
      if (finding != null) findings.push(finding.message);
    }
  });
  await engine.start();
  expose();
  await clock.advance(10_000);
  router.reboot();
  router.server.externalAddress = "52.3.4.6";
  stun.sees = "52.3.4.6";
  network.sendToGroup(router.announcement(), { address: "224.0.0.1", port: 5350 }, router.address);
  await clock.advance(60_000);
  expect(engine.snapshot.outside).toMatchObject({ address: "52.3.4.6" });
  expect(findings).toEqual([]);
  await engine.stop({ release: false });
});

test("in the demo network nobody is asked", async () => {
  const { clock, stun, network, engine } = world({ observer: server, gateway: "127.77.0.1" });
  const demo = new FakePcpGateway({
    clock,
    transport: simulatedTransport(network, { address: "127.77.0.1", port: 5351 }),
    externalAddress: "127.77.0.2",
  });
  await engine.start();
  await clock.advance(7_200_000);
  expect(demo.received.length).toBeGreaterThan(0);
  expect(stun.requests).toEqual([]);
  await engine.stop({ release: false });
});
