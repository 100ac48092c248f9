/** The engine over long times: a week on a bad network, and a night of sleep. */
import { expect, test } from "vitest";
import type { Clock } from "../../main/engine/environment.ts";
import { NatPmpClient } from "../../main/engine/gateway/natpmp/client.ts";
import { PcpClient } from "../../main/engine/gateway/pcp/client.ts";
import { UpnpClient } from "../../main/engine/gateway/upnp/igd/client.ts";
import type { MappingProtocol } from "../../shared/snapshot.ts";
import { simulatedEnvironment } from "../fixtures/environment.ts";
import { SeededRandom } from "../fixtures/seeded-random.ts";
import { simulatedPc } from "../fixtures/simulated-pc.ts";
import { FakeIgd } from "./fake-igd.ts";
import { FakeNatPmpGateway } from "./fake-natpmp-gateway.ts";
import { FakePcpGateway } from "./fake-pcp-gateway.ts";
import { byVersion, simulatedTransport } from "./transports.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * HOUR;
const ports = [8080, 8081, 8082, 8083, 8084];

/** A router that speaks one protocol, and an engine that keeps five ports open on it. */
async function world(protocol: MappingProtocol, bad: boolean) {
  const {
    environment,
    clock,
    network,
    lan,
    engine: create,
  } = simulatedPc({ environment: simulatedEnvironment(42) });
  if (bad) {
    // The spread, in milliseconds, brings later datagrams before earlier ones.
    network.toServer = { loss: 0.3, duplication: 0.2, delay: 5, spread: 500 };
    network.toClient = network.toServer;
  }
  let ahead = 0;
  /** The router's clock: it goes on while this PC sleeps. */
  const routerClock: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + ahead,
    after: (delay, task) => clock.after(delay, task),
  };
  /** This PC sleeps, and its router does not. */
  const sleep = (milliseconds: number): void => {
    clock.sleep(milliseconds);
    ahead += milliseconds;
  };
  const [pcpSide, natPmpSide] = byVersion(simulatedTransport(network));
  const pcp = new FakePcpGateway({ clock: routerClock, transport: pcpSide });
  const natPmp = new FakeNatPmpGateway({ clock: routerClock, transport: natPmpSide });
  pcp.script.silent = protocol !== "pcp";
  natPmp.script.silent = protocol !== "nat-pmp";
  const igd = new FakeIgd({ clock: routerClock, network, lan });
  if (protocol !== "upnp") igd.close();
  if (bad) {
    // TCP sends what was lost again, and gives up now and then: half of the time the request had come through.
    const random = new SeededRandom(7);
    igd.script.reply = () => (random.fraction() < 0.15 ? "hang" : null);
    igd.script.replyAfter = () => (random.fraction() < 0.15 ? "hang" : null);
  }
  const engine = create({
    routePoll: MINUTE,
    createMappers: (ref) => [
      new PcpClient(environment, ref),
      new NatPmpClient(environment, ref),
      new UpnpClient(environment, lan, ref),
    ],
    exposures: ports.map((port) => ({
      transport: "tcp",
      internalPort: port,
      externalPort: null,
    })),
  });
  await engine.start();
  /** Internal ports of the mappings that stand on the router, in order. */
  const standing = (): readonly number[] => {
    pcp.server.expire(routerClock.monotonic());
    const inside = [
      ...pcp.server.mappings.map(({ internal }) => internal.port),
      ...natPmp.mappings.map(({ internalPort }) => internalPort),
      ...igd.entries.map(({ internalPort }) => internalPort),
    ];
    return inside.toSorted((a, b) => a - b);
  };
  const states = () => engine.snapshot.exposures.map(({ state }) => state);
  return { clock, network, lan, engine, sleep, standing, states };
}

const mapped = ports.map(() => "mapped");

test.each(["pcp", "nat-pmp", "upnp"] as const)(
  "%s: a week of 30 % loss, duplicates and reordering: all ports stay open all along",
  { timeout: 120_000 },
  async (protocol) => {
    const { clock, network, lan, engine, standing, states } = await world(protocol, true);
    await clock.advanceUntil(() => standing().length === ports.length, 5 * MINUTE);
    await clock.advanceUntil(() => states().every((state) => state === "mapped"), 5 * MINUTE);
    for (const end = clock.monotonic() + WEEK; clock.monotonic() < end;) {
      await clock.advance(MINUTE);
      expect(standing()).toEqual(ports);
      expect(states()).toEqual(mapped);
    }
    console.log(
      `${protocol}: ${network.sent} datagrams and ${lan.requests.length} HTTP requests in a simulated week for ${ports.length} ports`,
    );
    await engine.stop({ release: false });
  },
);

test.each(["pcp", "nat-pmp", "upnp"] as const)(
  "%s: ten hours of sleep, in which all leases end: open again at once",
  async (protocol) => {
    const { clock, engine, sleep, standing, states } = await world(protocol, false);
    await clock.advance(MINUTE);
    expect(standing()).toEqual(ports);

    sleep(10 * HOUR);
    expect(standing()).toEqual([]);

    const awake = clock.monotonic();
    await clock.advanceUntil(() => standing().length === ports.length, MINUTE);
    console.log(
      `${protocol}: all ports open ${clock.monotonic() - awake} ms after ten hours of sleep`,
    );
    await clock.advance(1000);
    expect(states()).toEqual(mapped);
    expect(standing()).toEqual(ports);
    await engine.stop({ release: false });
  },
);
