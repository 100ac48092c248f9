/** The engine behind a router of NAT-PMP that changes: what is seen at once, and what waits. */
import { expect, test } from "vitest";
import { HOME, simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakeNatPmpGateway } from "../../test/gateway/fake-natpmp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";

const group = { address: "224.0.0.1", port: 5350 };

async function world() {
  const { clock, network, engine: create } = simulatedPc();
  const at = { address: HOME, port: 5351 };
  const gateway = new FakeNatPmpGateway({ clock, transport: simulatedTransport(network, at) });
  const engine = create({
    exposures: [8080, 8081].map((internalPort) => ({
      transport: "tcp" as const,
      internalPort,
      externalPort: null,
    })),
  });
  await engine.start();
  await clock.advance(30_000);
  const announce = () => network.sendToGroup(gateway.announcement(), group, gateway.address);
  const exposures = () =>
    engine.snapshot.exposures.map(({ state, endpoint }) => `${state} ${endpoint?.address}`);
  const maps = () => gateway.received.filter(({ request }) => request?.kind === "map").length;
  expect(exposures()).toEqual(["mapped 203.0.113.7", "mapped 203.0.113.7"]);
  return { clock, network, gateway, engine, announce, exposures, maps };
}

const moved = ["mapped 203.0.113.9", "mapped 203.0.113.9"];

test("an announced address is shown as soon as the router was asked, and the mappings are asked for after the wait", async () => {
  const { clock, gateway, engine, announce, exposures, maps } = await world();
  const before = maps();
  // As RFC 6886 §3.6 wants it: with another address begins another epoch.
  gateway.externalAddress = "203.0.113.9";
  gateway.reboot();
  announce();
  await clock.advance(10);
  expect(exposures()).toEqual(moved);
  expect(maps()).toBe(before);
  expect(engine.snapshot.gateways[0]?.externalAddress).toBe("203.0.113.9");
  expect(engine.snapshot.changes?.[0]).toMatchObject({
    what: "external-address",
    after: "203.0.113.9",
    signal: "announcement",
  });
  await clock.advance(5000);
  expect(exposures()).toEqual(moved);
  expect(maps()).toBe(before + 2);
  expect(gateway.mappings).toHaveLength(2);
});

test("so is one that keeps its epoch, as old miniupnpd does", async () => {
  const { clock, gateway, announce, exposures } = await world();
  gateway.externalAddress = "203.0.113.9";
  announce();
  await clock.advance(10);
  expect(exposures()).toEqual(moved);
});

test("a forged announcement is asked about once, and no mapping for it", async () => {
  const { clock, network, gateway, exposures, maps } = await world();
  const before = [maps(), gateway.received.length];
  gateway.externalAddress = "203.0.113.9";
  const forged = gateway.announcement();
  gateway.externalAddress = "203.0.113.7";
  network.sendToGroup(forged, group, gateway.address);
  await clock.advance(6000);
  expect([maps(), gateway.received.length - 1]).toEqual(before);
  expect(exposures()).toEqual(["mapped 203.0.113.7", "mapped 203.0.113.7"]);
});

test("a router that forgot everything without a word has its mappings back within half a minute and the wait", async () => {
  for (const after of [1, 10, 25]) {
    const { clock, gateway } = await world();
    await clock.advance(120_000 + after * 1000);
    gateway.reboot();
    await clock.advance(26_000 + 5100);
    expect(gateway.mappings).toHaveLength(2);
  }
});
