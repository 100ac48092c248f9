/** Who may connect, from the command to the gateway and back into the snapshot. */
import { expect, test } from "vitest";
import type { ExposureIntent } from "../../shared/settings.ts";
import { simulatedPc } from "../../test/fixtures/simulated-pc.ts";
import { FakeIgd } from "../../test/gateway/fake-igd.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import { PcpClient } from "./gateway/pcp/client.ts";
import type { GatewayRef } from "./gateway/port-mapper.ts";
import { UpnpClient } from "./gateway/upnp/igd/client.ts";

const friend = "198.51.100.7";
const ref = { transport: "tcp", internalPort: 8080 } as const;
const page: ExposureIntent = { ...ref, externalPort: null };

function world() {
  const { environment, clock, network, lan, settings, engine: create, pcpAlone } = simulatedPc();
  const transport = simulatedTransport(network, { address: "192.0.2.1", port: 5351 });
  const gateway = new FakePcpGateway({ clock, transport, externalAddress: "52.3.4.5" });
  gateway.knows.add("filter");
  const start = async (changes: Partial<EngineOptions> = {}): Promise<Engine> => {
    const engine = create({ createMappers: pcpAlone, ...changes });
    await engine.start();
    await clock.advance(1000);
    return engine;
  };
  const saved = () => settings().load().settings.exposures;
  return { environment, clock, network, lan, gateway, start, saved };
}

const filtersOf = ({ server }: FakePcpGateway) =>
  server.mappings.map(({ filters }) => filters.map(({ remoteAddress }) => remoteAddress));

test("set, shown, kept over a restart, and taken away", async () => {
  const { clock, gateway, start, saved } = world();
  const engine = await start();
  engine.execute("expose", page);
  await clock.advance(1000);
  expect(engine.snapshot.exposures[0]).not.toHaveProperty("sources");
  expect(engine.execute("setSources", { ...ref, sources: [friend] })).toMatchObject({ ok: true });
  await clock.advance(1000);
  expect(engine.snapshot.exposures).toMatchObject([{ state: "mapped", sources: [friend] }]);
  expect(filtersOf(gateway)).toEqual([[friend]]);
  expect(saved()).toMatchObject([{ sources: [friend] }]);
  await engine.stop({ release: false });

  const next = await start();
  await clock.advance(1000);
  expect(next.snapshot.exposures).toMatchObject([{ state: "mapped", sources: [friend] }]);
  expect(filtersOf(gateway)).toEqual([[friend]]);
  next.execute("setSources", { ...ref, sources: [] });
  await clock.advance(1000);
  expect(filtersOf(gateway)).toEqual([[]]);
  expect(saved()).toMatchObject([{ sources: [] }]);
  await next.stop({ release: false });
});

test("exposed anew without a word about visitors, it lets in no more of them", async () => {
  const { clock, gateway, start } = world();
  const engine = await start();
  engine.execute("expose", { ...page, sources: [friend] });
  engine.execute("expose", { ...page, externalPort: 9000 });
  await clock.advance(1000);
  expect(engine.snapshot.exposures).toMatchObject([
    { endpoint: { port: 9000 }, sources: [friend] },
  ]);
  // As a part of a block neither.
  const first = { transport: "tcp", internalPort: 8079, externalPort: null } as const;
  engine.execute("expose", { ...first, block: [ref] });
  await clock.advance(1000);
  expect(engine.snapshot.exposures).toMatchObject([{ internalPort: 8079, sources: [friend] }]);
  expect(filtersOf(gateway)).toEqual([[friend], [friend]]);
  expect(engine.execute("expose", { ...page, sources: [friend] })).toMatchObject({
    ok: false,
    error: { code: "in-block" },
  });
  await engine.stop({ release: false });

  // Nor by a command line.
  const next = await start({ exposures: [first], despiteWarnings: true });
  await clock.advance(1000);
  expect(next.snapshot.exposures).toMatchObject([{ internalPort: 8079, sources: [friend] }]);
  await next.stop({ release: false });
});

test("where PCP lets in everybody, UPnP keeps the others out of that port alone", async () => {
  const { clock, gateway, start, environment, lan, network } = world();
  gateway.knows.clear();
  const upnp = new FakeIgd({ clock, network, lan, externalAddress: "52.3.4.5" });
  upnp.script.remoteHost = "keeps";
  const engine = await start({
    createMappers: (gatewayRef) => [
      new PcpClient(environment, gatewayRef),
      new UpnpClient(environment, lan, gatewayRef),
    ],
  });
  await clock.advance(5000);
  const pcpPorts = () =>
    gateway.server.mappings.map(({ internal }) => internal.port).toSorted((a, b) => a - b);
  const upnpPorts = () =>
    upnp.entries.map(({ internalPort, remoteHost }) => `${internalPort} ${remoteHost}`);
  engine.execute("expose", page);
  engine.execute("expose", { ...page, internalPort: 8081 });
  await clock.advance(1000);
  expect([pcpPorts(), upnpPorts()]).toEqual([[8080, 8081], []]);

  engine.execute("setSources", { ...ref, sources: [friend] });
  // At no moment both: what lets in everybody goes first.
  for (let step = 0; step < 60; step += 1) {
    await clock.advance(5);
    const limited = upnpPorts().includes(`8080 ${friend}`);
    expect(limited && pcpPorts().includes(8080)).toBe(false);
  }
  expect([pcpPorts(), upnpPorts()]).toEqual([[8081], [`8080 ${friend}`]]);
  expect(engine.snapshot.exposures).toMatchObject([
    { internalPort: 8080, state: "mapped", protocol: "upnp", sources: [friend] },
    { internalPort: 8081, state: "mapped", protocol: "pcp" },
  ]);

  engine.execute("setSources", { ...ref, sources: [] });
  await clock.advance(1000);
  expect([pcpPorts(), upnpPorts()]).toEqual([[8080, 8081], []]);

  // More than RemoteHost can name: neither can, and nothing is open.
  engine.execute("setSources", { ...ref, sources: [friend, "198.51.100.8"] });
  await clock.advance(5000);
  expect([pcpPorts(), upnpPorts()]).toEqual([[8081], []]);
  expect(engine.snapshot.exposures).toMatchObject([
    { internalPort: 8080, state: "failed", error: { code: "sources-unsupported" } },
    { internalPort: 8081, state: "mapped", protocol: "pcp" },
  ]);
  const stopped = engine.stop({ release: false });
  await clock.advance(3000);
  await stopped;
});

test("a protocol that is silent now may let in others: until it answers nothing else is opened", async () => {
  const { clock, gateway, start, environment, lan, network } = world();
  gateway.knows.clear();
  const upnp = new FakeIgd({ clock, network, lan, externalAddress: "52.3.4.5" });
  upnp.script.remoteHost = "keeps";
  const mappers = {
    createMappers: (gatewayRef: GatewayRef) => [
      new PcpClient(environment, gatewayRef),
      new UpnpClient(environment, lan, gatewayRef),
    ],
  };
  const engine = await start(mappers);
  engine.execute("expose", page);
  await clock.advance(1000);
  expect(gateway.server.mappings).toHaveLength(1);
  await engine.stop({ release: false });
  gateway.script.silent = true;

  const next = await start(mappers);
  next.execute("setSources", { ...ref, sources: [friend] });
  await clock.advance(20_000);
  expect(upnp.entries).toEqual([]);
  expect(next.snapshot.exposures).toMatchObject([{ state: "failed" }]);
  gateway.script.silent = false;
  await clock.advance(700_000);
  expect(gateway.server.mappings).toEqual([]);
  expect(upnp.entries).toMatchObject([{ internalPort: 8080, remoteHost: friend }]);
  await next.stop({ release: false });
});
