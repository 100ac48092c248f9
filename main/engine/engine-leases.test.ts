/** The engine and what it made on routers: kept while it stands, and removed from wherever it stands. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simulatedEnvironment } from "../../test/fixtures/environment.ts";
import { quietRecogniser } from "../../test/fixtures/quiet-recogniser.ts";
import { SimulatedLan } from "../../test/fixtures/simulated-lan.ts";
import { FakeIgd } from "../../test/gateway/fake-igd.ts";
import { FakeNatPmpGateway } from "../../test/gateway/fake-natpmp-gateway.ts";
import { FakePcpGateway } from "../../test/gateway/fake-pcp-gateway.ts";
import { simulatedTransport } from "../../test/gateway/transports.ts";
import type { Exposure } from "../../shared/snapshot.ts";
import { Engine } from "./engine.ts";
import { FileSettingsStore } from "./files/settings-file.ts";
import { NatPmpClient } from "./gateway/natpmp/client.ts";
import { PcpClient } from "./gateway/pcp/client.ts";
import { UpnpClient } from "./gateway/upnp/client.ts";

const HOME = "192.0.2.1";
const port = { transport: "tcp", internalPort: 8080 } as const;

function world() {
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  network.gateways = [{ address: HOME, family: 4, interface: "eth0" }];
  const lan = new SimulatedLan(clock, network);
  const directory = mkdtempSync(join(tmpdir(), "homeport-leases-"));
  const at = (address: string) => simulatedTransport(network, { address, port: 5351 });
  let engine: Engine | null = null;
  /** Another run on the same PC. */
  const start = async (): Promise<Engine> => {
    engine = new Engine({
      environment,
      lan,
      routePoll: 2000,
      settings: new FileSettingsStore(join(directory, "settings.json")),
      dataDirectory: directory,
      createMappers: (ref) => [
        new PcpClient(environment, ref),
        new NatPmpClient(environment, ref),
        new UpnpClient(environment, lan, ref),
      ],
      servers: { start: () => {}, stop: () => {}, onChange: () => () => {} },
      createRecogniser: quietRecogniser(environment),
    });
    await engine.start();
    return engine;
  };
  return {
    clock,
    network,
    start,
    pcp: (address = HOME) => new FakePcpGateway({ clock, transport: at(address) }),
    natPmp: (address = HOME) => new FakeNatPmpGateway({ clock, transport: at(address) }),
    igd: (address = HOME) => new FakeIgd({ clock, network, lan, address }),
    exposed: async () => {
      const made = await start();
      made.execute("expose", { ...port, externalPort: null });
      await clock.advance(20_000);
      return made;
    },
    /** The PC is on the network of this router from now on. */
    join: async (address: string | null) => {
      network.gateways = address === null ? [] : [{ address, family: 4, interface: "eth0" }];
      await clock.advance(20_000);
    },
    exposure: (): Exposure | undefined => engine?.snapshot.exposures[0],
  };
}

test("a wall clock that jumps ahead (NTP, no clock chip) costs no mapping that stands", async () => {
  const { clock, pcp, exposed, exposure } = world();
  const router = pcp();
  await exposed();
  clock.jump(3 * 3_600_000);
  await clock.advance(60_000);
  expect(exposure()).toMatchObject({ state: "mapped", error: null, endpoint: { port: 8080 } });
  expect(router.server.mappings).toHaveLength(1);
});

test("a wall clock that jumps ahead hides nothing that a withdrawal has to remove", async () => {
  const { clock, pcp, exposed, exposure } = world();
  const router = pcp();
  const engine = await exposed();
  clock.jump(3 * 3_600_000);
  engine.execute("withdraw", port);
  await clock.advance(1000);
  expect([exposure(), router.server.mappings]).toEqual([undefined, []]);
});
