/** A hundred ports at once on a router that takes a quarter of a second for each: none of them is said to fail. */
import { expect, test } from "vitest";
import { HOME, simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakeIgd } from "../../test/gateway/fake-igd.ts";
import { FakeNatPmpGateway } from "../../test/gateway/fake-natpmp-gateway.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";

const PORTS = 100;
const WORK = 250;

/** Exposes all at once, on a router that answers, and tells every state that was ever shown. */
async function hundred(protocol: "pcp" | "nat-pmp" | "upnp") {
  const { clock, network, lan, engine: create } = simulatedPc();
  const transport = () => simulatedTransport(network, { address: HOME, port: 5351 });
  const router =
    protocol === "pcp"
      ? new FakePcpGateway({ clock, transport: transport() })
      : protocol === "nat-pmp"
        ? new FakeNatPmpGateway({ clock, transport: transport() })
        : new FakeIgd({ clock, network, lan });
  if (router instanceof FakeIgd) router.script.delay = WORK / 2;
  else router.script.work = WORK;
  const engine = create();
  await engine.start();
  await clock.advance(5000);
  expect(engine.snapshot.gateways).toMatchObject([{ protocols: [protocol] }]);
  const shown = new Set<string>();
  const look = () => {
    for (const { state } of engine.snapshot.gateways) shown.add(`router ${state}`);
    for (const { state, error } of engine.snapshot.exposures) {
      shown.add(error === null ? state : `${state} ${error.code}`);
    }
  };
  engine.subscribe(look);
  for (let internalPort = 8000; internalPort < 8000 + PORTS; internalPort += 1) {
    engine.execute("expose", { transport: "tcp", internalPort, externalPort: null });
  }
  const mapped = () => engine.snapshot.exposures.filter(({ state }) => state === "mapped").length;
  return { clock, engine, router, shown, mapped };
}

test.each(["pcp", "nat-pmp", "upnp"] as const)("%s", async (protocol) => {
  const { clock, engine, shown, mapped } = await hundred(protocol);
  await clock.advance(10_000);
  expect(mapped()).toBeGreaterThan(10);
  expect(mapped()).toBeLessThan(PORTS);
  await clock.advance(60_000);
  expect(mapped()).toBe(PORTS);
  expect([...shown].toSorted()).toEqual(["mapped", "mapping", "router answering"]);
  void engine.stop({ release: false });
  await clock.advance(5000);
});

test.each(["pcp", "nat-pmp"] as const)(
  "%s: a router that stops answering is said to be silent for what it was asked, and then for the rest",
  async (protocol) => {
    const { clock, engine, router, mapped } = await hundred(protocol);
    await clock.advance(5000);
    router.script.delay = 3_600_000;
    await clock.advance(3500);
    const before = mapped();
    const states = () => new Set(engine.snapshot.exposures.map(({ state }) => state));
    expect(states()).toEqual(new Set(["mapped", "failed", "mapping"]));
    await clock.advance(120_000);
    expect(mapped()).toBe(before);
    expect(states()).toEqual(new Set(["mapped", "failed"]));
    void engine.stop({ release: false });
    await clock.advance(5000);
  },
);
