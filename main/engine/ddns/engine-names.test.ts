/** Names as the engine's commands and snapshots show them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inTime, simulatedDnsWorld, type SimulatedDnsWorld } from "../../../test/dns/dns-world.ts";
import { FakeDnsServer } from "../../../test/dns/fake-dns-server.ts";
import { formatBindKey, labKey, tsigKey } from "../../../test/dns/keys.ts";
import { startNamesEngine } from "../../../test/dns/names-engine.ts";
import { requests } from "../../../shared/contract.ts";
import type { Server } from "../../../shared/snapshot.ts";
import type { Engine } from "../engine.ts";
import type { MapOutcome } from "../gateway/port-mapper.ts";
import { processOf, serverOn } from "../../../test/fixtures/servers.ts";

const fqdn = "play.home.example";
const srv = "_minecraft._tcp.play.home.example";
const key = labKey("update-key");
const minecraft = { transport: "tcp", internalPort: 25_565 } as const;

let directory: string;
let world: SimulatedDnsWorld;
let server: FakeDnsServer;
let granted: MapOutcome;
let engine: Engine;
/** What listens on the PC from now on. */
let listen: (servers: readonly Server[]) => void;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "homeport-engine-names-"));
  world = simulatedDnsWorld();
  server = new FakeDnsServer({
    zone: "home.example",
    key: tsigKey(key),
    now: () => Math.floor(world.environment.clock.now() / 1000),
  });
  world.serve({ address: "198.51.100.53", port: 53 }, (bytes) => server.answer(bytes));
  granted = {
    kind: "granted",
    externalAddress: "52.3.4.5",
    externalPort: 25_570,
    lifetime: 7200,
  };
  engine = await start();
});

afterEach(async () => {
  await engine.stop({ release: false });
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<Engine> {
  const started = await startNamesEngine({ world, directory, granted: () => granted });
  ({ listen } = started);
  return started.engine;
}

async function setUp(): Promise<void> {
  const account = { id: "bind", provider: "dns-update", server: "198.51.100.53" };
  const secret = formatBindKey(key);
  const name = { fqdn, account: "bind", services: { "tcp/25565": "_minecraft._tcp" } };
  engine.execute("setAccount", requests.setAccount.parse({ ...account, secret }));
  engine.execute("setName", requests.setName.parse(name));
  engine.execute("expose", requests.expose.parse(minecraft));
  await world.environment.clock.advance(10_000);
}

test("from one exposed port to a name that everybody sees", async () => {
  await setUp();
  expect(engine.snapshot.exposures).toMatchObject([{ state: "mapped" }]);
  expect(engine.snapshot.names).toMatchObject([{ fqdn, provider: "dns-update", state: "visible" }]);
  expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
  expect(server.texts(srv, "SRV")).toEqual([`0 0 25570 ${fqdn}`]);
  expect(engine.snapshot.settings).toMatchObject({ names: [{ fqdn }], accounts: [{ id: "bind" }] });
});

test("a new address and port follow within five seconds of the engine's knowing", async () => {
  await setUp();
  granted = { kind: "granted", externalAddress: "52.3.4.6", externalPort: 25_571, lifetime: 7200 };
  engine.wokeUp();
  await world.environment.clock.advance(5000);
  expect(server.texts(fqdn, "A")).toEqual(["52.3.4.6"]);
  expect(server.texts(srv, "SRV")).toEqual([`0 0 25571 ${fqdn}`]);
  expect(server.updates).toHaveLength(2);
});

test("withdrawing takes the records away; quitting leaves them", async () => {
  await setUp();
  await engine.stop({ release: true });
  await world.environment.clock.advance(10_000);
  expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
  engine = await start();
  await world.environment.clock.advance(10_000);
  expect(server.updates).toHaveLength(1);
  expect(engine.snapshot.names).toMatchObject([{ state: "visible" }]);
  engine.execute("withdraw", minecraft);
  await world.environment.clock.advance(10_000);
  expect(server.dump()).toEqual([]);
});

test("a name stays while its exposure waits for the server", async () => {
  await setUp();
  engine.execute("setWhileRunning", { ...minecraft, whileRunning: true });
  listen([]);
  await world.environment.clock.advance(310_000);
  expect(engine.snapshot.exposures).toMatchObject([{ state: "waiting", endpoint: null }]);
  expect(server.texts(fqdn, "A")).toEqual(["52.3.4.5"]);
  expect(server.texts(srv, "SRV")).toEqual([`0 0 25570 ${fqdn}`]);
  listen([serverOn("tcp/25565", processOf("/usr/bin/java"))]);
  await world.environment.clock.advance(1000);
  expect(engine.snapshot.exposures).toMatchObject([{ state: "mapped" }]);
  expect(server.updates).toHaveLength(1);
});

test("a router that is silent at the next start leaves the records as they are", async () => {
  await setUp();
  await engine.stop({ release: false });
  granted = {
    kind: "refused",
    problem: { code: "network-failure", message: "no" },
    retryAfter: 30,
  };
  engine = await start();
  await world.environment.clock.advance(3_600_000);
  expect(server.texts(srv, "SRV")).toEqual([`0 0 25570 ${fqdn}`]);
  expect(engine.snapshot.names).toMatchObject([{ state: "stale" }]);
});

test("an account is tested before it is saved", async () => {
  const account = { id: "bind", provider: "dns-update", server: "198.51.100.53" };
  const ask = async (secret: string): Promise<unknown> => {
    const request = requests.testAccount.parse({ account, secret, fqdn });
    return inTime(world, engine.nameRequests.testAccount(request));
  };
  expect(await ask(formatBindKey(key))).toEqual({ ok: true, value: "accepted" });
  expect(await ask("no key")).toMatchObject({ ok: false, error: { code: "dns-account" } });
  expect(engine.snapshot.settings).toMatchObject({ accounts: [] });
});

test("what would be written is told before account and name are saved, and asks nobody", async () => {
  engine.execute("expose", requests.expose.parse(minecraft));
  await world.environment.clock.advance(10_000);
  const before = world.environment.network.sent;
  const request = requests.previewName.parse({
    account: { id: "bind", provider: "dns-update", server: "198.51.100.53" },
    secret: formatBindKey(key),
    name: { fqdn, account: "bind", services: { "tcp/25565": "_minecraft._tcp" } },
  });
  expect(await engine.nameRequests.previewName(request)).toMatchObject({
    ok: true,
    value: {
      records: [
        { type: "TXT", state: "planned" },
        { name: fqdn, type: "A", value: "52.3.4.5", state: "planned" },
        { name: srv, type: "SRV", value: `0 0 25570 ${fqdn}`, state: "planned" },
      ],
      shares: [{ exposure: "tcp/25565", text: fqdn }],
    },
  });
  await world.environment.clock.advance(60_000);
  expect(world.environment.network.sent).toBe(before);
  expect(engine.snapshot.names).toEqual([]);
});

test("what the updates of a name changed is remembered, also after a restart", async () => {
  await setUp();
  granted = { kind: "granted", externalAddress: "52.3.4.5", externalPort: 25_571, lifetime: 7200 };
  engine.wokeUp();
  await world.environment.clock.advance(5000);
  await engine.stop({ release: false });
  engine = await start();
  const history = engine.nameRequests.nameHistory({ fqdn, account: "bind" });
  expect(history).toMatchObject({
    ok: true,
    value: [
      {
        outcome: "written",
        changes: [
          { name: srv, type: "SRV", from: [`0 0 25570 ${fqdn}`], to: [`0 0 25571 ${fqdn}`] },
        ],
        error: null,
        times: 1,
      },
      { outcome: "written", changes: [{ type: "TXT" }, { type: "A", from: [] }, { type: "SRV" }] },
    ],
  });
});
