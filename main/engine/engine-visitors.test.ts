/** Who may connect, from the command to the gateway and back into the snapshot. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ExposureIntent } from "../../shared/settings.ts";
import { simulatedEnvironment } from "../../test/fixtures/environment.ts";
import { quietRecogniser } from "../../test/fixtures/quiet-recogniser.ts";
import { SimulatedLan } from "../../test/fixtures/simulated-lan.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import { FileSettingsStore } from "./files/settings-file.ts";
import { PcpClient } from "./gateway/pcp/client.ts";

const friend = "198.51.100.7";
const ref = { transport: "tcp", internalPort: 8080 } as const;
const page: ExposureIntent = { ...ref, externalPort: null };

function world() {
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  network.gateways = [{ address: "192.0.2.1", family: 4, interface: "eth0" }];
  const transport = simulatedTransport(network, { address: "192.0.2.1", port: 5351 });
  const gateway = new FakePcpGateway({ clock, transport, externalAddress: "52.3.4.5" });
  gateway.knows.add("filter");
  const directory = mkdtempSync(join(tmpdir(), "homeport-engine-visitors-"));
  const settings = join(directory, "settings.json");
  const start = async (changes: Partial<EngineOptions> = {}): Promise<Engine> => {
    const engine = new Engine({
      environment,
      lan: new SimulatedLan(clock, network),
      routePoll: 2000,
      settings: new FileSettingsStore(settings),
      dataDirectory: directory,
      createMappers: (gatewayRef) => [new PcpClient(environment, gatewayRef)],
      servers: { start: () => {}, stop: () => {}, onChange: () => () => {} },
      createRecogniser: quietRecogniser(environment),
      ...changes,
    });
    await engine.start();
    await clock.advance(1000);
    return engine;
  };
  const saved = () => new FileSettingsStore(settings).load().settings.exposures;
  return { clock, gateway, start, saved };
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
