/** The whole engine against the clock: what goes first, and what a lost datagram costs (three tenths of a second at most). */
import { expect, test } from "vitest";
import { running, simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakeIgd } from "../../test/gateway/fake-igd.ts";
import { FakeNatPmpGateway } from "../../test/gateway/fake-natpmp-gateway.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { byVersion, simulatedTransport } from "../../test/gateway/transports.ts";

/** Milliseconds that a lost datagram may cost. */
const ALLOWED = 300;
/** Milliseconds to the router. */
const AWAY = 10;
const ROUND_TRIP = 2 * AWAY;

/** A router that speaks all three, and a PC that wants one port of it. */
function world() {
  const { clock, network, lan, settings: file, engine: create } = simulatedPc();
  network.toServer = { loss: 0, duplication: 0, delay: AWAY, spread: 0 };
  network.toClient = network.toServer;
  const [pcpSide, natPmpSide] = byVersion(simulatedTransport(network));
  const pcp = new FakePcpGateway({ clock, transport: pcpSide });
  const natPmp = new FakeNatPmpGateway({ clock, transport: natPmpSide });
  const igd = new FakeIgd({ clock, network, lan });
  const settings = file();
  /** Datagrams that were sent when the first look at this PC's servers began. */
  const sentAtLook: number[] = [];
  const engine = create({
    settings,
    servers: { ...running([]), start: () => sentAtLook.push(network.sent) },
  });
  const start = (): void => {
    void engine.start();
    engine.execute("expose", { transport: "tcp", internalPort: 8080, externalPort: null });
  };
  const exposure = () => engine.snapshot.exposures.find((one) => one.internalPort === 8080);
  return { clock, network, settings, pcp, natPmp, igd, engine, sentAtLook, start, exposure };
}

test("without a loss: two round trips from a cold start to a mapping", async () => {
  const { clock, start, exposure } = world();
  start();
  await clock.advance(2 * ROUND_TRIP);
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "pcp" });
});

test("the first datagram of a cold start, and yet PCP is used", async () => {
  const { clock, pcp, natPmp, start, exposure } = world();
  pcp.script.drop = 1;
  // It thinks a little longer about PCP than about NAT-PMP.
  pcp.script.delay = 20;
  start();
  await clock.advance(2 * (ROUND_TRIP + 20) + ALLOWED);
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "pcp" });
  // Nothing was asked for by NAT-PMP meanwhile, which would stand in the way of PCP now.
  expect(natPmp.received.map(({ request }) => request?.kind)).toEqual(["address"]);
});

test("its answer", async () => {
  const { clock, pcp, start, exposure } = world();
  pcp.script.loseReplies = 1;
  start();
  await clock.advance(2 * ROUND_TRIP + ALLOWED);
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "pcp" });
});

test("the first request for a mapping", async () => {
  const { clock, pcp, start, exposure } = world();
  start();
  await clock.advance(ROUND_TRIP - 1);
  pcp.script.drop = 1;
  await clock.advance(1 + ROUND_TRIP + ALLOWED);
  expect(pcp.maps).toHaveLength(2);
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "pcp" });
});

test("the request of a click, while the router is known", async () => {
  const { clock, pcp, engine, start } = world();
  start();
  await clock.advance(5000);
  pcp.script.drop = 1;
  engine.execute("expose", { transport: "udp", internalPort: 9000, externalPort: null });
  await clock.advance(ROUND_TRIP + ALLOWED);
  const exposed = engine.snapshot.exposures.find((one) => one.internalPort === 9000);
  expect(exposed).toMatchObject({ state: "mapped", protocol: "pcp" });
});

test("the first datagram to a router of NAT-PMP alone", async () => {
  const { clock, pcp, natPmp, igd, start, exposure } = world();
  pcp.script.silent = true;
  igd.close();
  start();
  // A quarter of a second is for PCP to answer.
  const usual = ROUND_TRIP + 250 + ROUND_TRIP;
  natPmp.script.drop = 1;
  await clock.advance(usual + ALLOWED);
  expect(exposure()).toMatchObject({ state: "mapped", protocol: "nat-pmp" });
});

test("the first look at the servers of this PC comes after the first questions to the router", async () => {
  const { clock, sentAtLook, start } = world();
  start();
  await clock.advance(ROUND_TRIP);
  expect(sentAtLook).toHaveLength(1);
  expect(sentAtLook[0]).toBeGreaterThanOrEqual(2);
});

test("and waits no longer for a system that is slow to tell its routes", async () => {
  const { clock, network, engine, sentAtLook } = world();
  network.defaultRoutes = () => new Promise(() => undefined);
  void engine.start();
  await clock.advance(50);
  expect(sentAtLook).toEqual([0]);
});

test("a click: the request is sent before the settings are written, the lease before the request", async () => {
  const { clock, network, settings, pcp, engine, start } = world();
  start();
  await clock.advance(5000);
  const before = network.sent;
  const sentAtSave: number[] = [];
  const save = settings.save.bind(settings);
  settings.save = (wanted) => {
    sentAtSave.push(network.sent - before);
    return save(wanted);
  };
  engine.execute("expose", { transport: "udp", internalPort: 9000, externalPort: null });
  expect(sentAtSave).toEqual([1]);
  await clock.advance(ROUND_TRIP);
  expect(pcp.maps).toHaveLength(2);
});

test("nobody speaks any protocol: said so within three seconds", async () => {
  const { clock, pcp, natPmp, igd, engine, start, exposure } = world();
  pcp.script.silent = true;
  natPmp.script.silent = true;
  igd.close();
  start();
  await clock.advance(3000);
  expect(engine.snapshot.gateways).toMatchObject([{ state: "silent", protocols: [] }]);
  expect(exposure()).toMatchObject({ state: "failed", error: { code: "no-response" } });
});
