/** Recognition as the engine's commands and snapshots show it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Server } from "../../shared/snapshot.ts";
import { simulatedEnvironment } from "../../test/fixtures/environment.ts";
import { quietRecogniser } from "../../test/fixtures/quiet-recogniser.ts";
import { SimulatedLan } from "../../test/fixtures/simulated-lan.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import { FileSettingsStore } from "./files/settings-file.ts";
import { processOf, serverOn } from "../../test/fixtures/servers.ts";

const directory = mkdtempSync(join(tmpdir(), "homeport-engine-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** `later`: milliseconds after the first run. */
async function engineWith(
  servers: readonly Server[],
  folder = mkdtempSync(join(directory, "x")),
  later = 0,
  more: Partial<EngineOptions> = {},
) {
  const environment = simulatedEnvironment();
  environment.clock.jump(later);
  let see: (servers: readonly Server[]) => void = () => undefined;
  const engine = new Engine({
    environment,
    lan: new SimulatedLan(environment.clock, environment.network),
    routePoll: 2000,
    settings: new FileSettingsStore(join(folder, "settings.json")),
    dataDirectory: folder,
    createMappers: () => [],
    createRecogniser: quietRecogniser(environment),
    servers: {
      start: () => undefined,
      stop: () => undefined,
      onChange: (listener) => {
        see = listener;
        if (servers.length > 0) listener(servers);
        return () => undefined;
      },
    },
    ...more,
  });
  await engine.start();
  await environment.clock.advance(0);
  const { clock } = environment;
  return { engine, folder, clock, see: (next: readonly Server[]) => see(next) };
}

test("exposing a database needs a second yes, which is not kept", async () => {
  const { engine, clock } = await engineWith([
    serverOn("tcp/3306", processOf("/usr/sbin/mariadbd")),
  ]);
  const request = { transport: "tcp", internalPort: 3306, externalPort: null } as const;
  expect(engine.execute("expose", request)).toMatchObject({
    ok: false,
    error: { code: "unsafe", warnings: ["database"], message: expect.stringContaining("VPN") },
  });
  await clock.advance(0);
  expect(engine.snapshot.exposures).toEqual([]);
  expect(engine.execute("expose", { ...request, despiteWarning: true })).toMatchObject({
    ok: true,
  });
  await clock.advance(0);
  expect(engine.snapshot.exposures).toMatchObject([{ transport: "tcp", internalPort: 3306 }]);
  await engine.stop({ release: false });
});

test("what is not dangerous is exposed at once", async () => {
  const { engine } = await engineWith([serverOn("tcp/22", processOf("/usr/sbin/sshd"))]);
  const request = { transport: "tcp", internalPort: 22, externalPort: null } as const;
  expect(engine.execute("expose", request)).toMatchObject({ ok: true });
  await engine.stop({ release: false });
});

test("a server's first sight is remembered by the next run", async () => {
  const servers = [serverOn("tcp/22", processOf("/usr/sbin/sshd"))];
  const { engine, folder, clock } = await engineWith(servers);
  const history = { firstSeen: "2026-01-01T00:00:00.000Z", lastExposed: null };
  expect(engine.snapshot.servers).toMatchObject([{ history }]);
  await clock.advance(3600_000);
  await engine.stop({ release: false });
  const lost = await engineWith([], folder, 7200_000);
  await lost.engine.stop({ release: false });
  const next = await engineWith(servers, folder, 10_800_000);
  expect(next.engine.snapshot.servers).toMatchObject([{ history }]);
  expect(JSON.parse(readFileSync(join(folder, "history.json"), "utf8"))).toMatchObject({
    servers: [{ lastSeen: "2026-01-01T01:00:00.000Z" }],
  });
  await next.engine.stop({ release: false });
});

test("a correction is shown, and remembered by the next run", async () => {
  const servers = [serverOn("tcp/7777", processOf("/opt/app/own"))];
  const { engine, folder, clock } = await engineWith(servers);
  expect(engine.snapshot.servers).toMatchObject([{ service: null, title: "own" }]);
  const request = { transport: "tcp", port: 7777, service: "terraria" } as const;
  expect(engine.execute("correctService", request)).toMatchObject({ ok: true });
  await clock.advance(0);
  expect(engine.snapshot.servers).toMatchObject([{ service: { id: "terraria" } }]);
  expect(engine.execute("correctService", { ...request, service: "none-such" })).toMatchObject({
    ok: false,
    error: { code: "unknown-service" },
  });
  await engine.stop({ release: false });
  const next = await engineWith(servers, folder);
  expect(next.engine.snapshot.servers).toMatchObject([{ service: { id: "terraria" } }]);
  await next.engine.stop({ release: false });
});

test("a game is exposed with all the ports it needs, once", async () => {
  const own = processOf("/opt/valheim/valheim_server.x86_64");
  const servers = [serverOn("udp/2456", own), serverOn("udp/2457", own)];
  const { engine, folder, clock } = await engineWith(servers);
  const exposures = () =>
    engine.snapshot.exposures.map(({ internalPort, block }) => [internalPort, block?.length ?? 0]);
  const expose = (internalPort: number, block?: []) =>
    engine.execute("expose", {
      transport: "udp",
      internalPort,
      externalPort: null,
      ...(block && { block }),
    });
  expose(2457, []);
  await clock.advance(0);
  expect(exposures()).toEqual([[2457, 0]]);
  // The whole takes in what was open alone, and what is a part of it is not opened twice.
  expose(2456);
  expose(2457);
  await clock.advance(0);
  expect(exposures()).toEqual([[2456, 1]]);
  const { exposures: saved } = new FileSettingsStore(join(folder, "settings.json")).load().settings;
  expect(saved).toMatchObject([{ internalPort: 2456, block: [{ internalPort: 2457 }] }]);
  await engine.stop({ release: false });
});

const sshd = serverOn("tcp/2022", processOf("/usr/sbin/sshd"));
const database = serverOn("tcp/3306", processOf("/usr/sbin/mariadbd"));
const wished = { transport: "tcp", internalPort: 3306, externalPort: null } as const;

test("a port of the command line waits for the first look, and stays closed where a database listens", async () => {
  const { engine, clock, see } = await engineWith([], undefined, 0, { exposures: [wished] });
  await clock.advance(4000);
  expect(engine.snapshot.exposures).toMatchObject([{ state: "mapping", error: null }]);
  see([database]);
  await clock.advance(0);
  expect(engine.snapshot.exposures).toMatchObject([
    {
      state: "failed",
      error: { code: "unsafe", message: expect.stringContaining("VPN") },
      warnings: ["database"],
    },
  ]);
  // Away for a moment is not gone for good.
  see([sshd]);
  await clock.advance(0);
  expect(engine.snapshot.exposures).toMatchObject([{ state: "failed" }]);
  see([serverOn("tcp/3306", processOf("/opt/app/own"))]);
  await clock.advance(0);
  // No router here: it is asked for, and that is all.
  expect(engine.snapshot.exposures).toMatchObject([{ error: { code: "no-gateway" } }]);
  await engine.stop({ release: false });
});

test("a port of the command line is closed when a database comes to it", async () => {
  const { engine, clock, see } = await engineWith([sshd], undefined, 0, { exposures: [wished] });
  expect(engine.snapshot.exposures).toMatchObject([{ error: { code: "no-gateway" } }]);
  see([database]);
  await clock.advance(0);
  expect(engine.snapshot.exposures).toMatchObject([{ error: { code: "unsafe" } }]);
  await engine.stop({ release: false });
});

test("a port of the command line is opened where nothing can be seen, and where it is wished despite the warning", async () => {
  const blind = await engineWith([], undefined, 0, { exposures: [wished] });
  await blind.clock.advance(5000);
  expect(blind.engine.snapshot.exposures).toMatchObject([{ error: { code: "no-gateway" } }]);
  await blind.engine.stop({ release: false });
  const more = { exposures: [wished], despiteWarnings: true };
  const wilful = await engineWith([database], undefined, 0, more);
  expect(wilful.engine.snapshot.exposures).toMatchObject([
    { error: { code: "no-gateway" }, warnings: ["database"] },
  ]);
  await wilful.engine.stop({ release: false });
});

const world = serverOn("tcp/40123", processOf("java -cp a.jar net.minecraft.client.main.Main"));
const wishedWorld = { ...wished, internalPort: 40_123 };

test.each([
  ["is there already", [world], {}],
  ["comes later", [], {}],
  ["is not looked at for danger", [], { despiteWarnings: true }],
] as const)(
  "a port of the command line ends with a world open to LAN that %s",
  async (_, at, more) => {
    const { engine, clock, see } = await engineWith(at, undefined, 0, {
      ...more,
      exposures: [wishedWorld],
    });
    await clock.advance(6000);
    expect(engine.snapshot.exposures).toMatchObject([{ internalPort: 40_123 }]);
    see([world]);
    await clock.advance(0);
    expect(engine.snapshot.exposures).toMatchObject([{ session: true, whileRunning: true }]);
    see([]);
    await clock.advance(20_000);
    expect(engine.snapshot.exposures).toEqual([]);
    see([serverOn("tcp/40123", processOf("/opt/app/own"))]);
    await clock.advance(0);
    expect(engine.snapshot.exposures).toEqual([]);
    await engine.stop({ release: false });
  },
);

test("a port that is to stay open after this run ends with no world", async () => {
  const { engine, clock } = await engineWith([world], undefined, 0, {
    exposures: [wishedWorld],
    outlived: true,
  });
  await clock.advance(6000);
  expect(engine.snapshot.exposures).toMatchObject([{ internalPort: 40_123 }]);
  expect(engine.snapshot.exposures[0]).not.toHaveProperty("session");
  await engine.stop({ release: false });
});

test("what is exposed already keeps open, with the warning", async () => {
  const { engine, folder } = await engineWith([]);
  engine.execute("expose", wished);
  await engine.stop({ release: false });
  const next = await engineWith([database], folder);
  expect(next.engine.snapshot.exposures).toMatchObject([
    { error: { code: "no-gateway" }, warnings: ["database"] },
  ]);
  await next.engine.stop({ release: false });
});

test("a port of another device is opened where it is in this PC's network, and kept", async () => {
  const { engine, folder, clock } = await engineWith([]);
  const photos = { transport: "tcp", internalPort: 80, externalPort: null } as const;
  expect(engine.execute("expose", { ...photos, host: "203.0.113.9" })).toMatchObject({
    ok: false,
    error: { code: "not-in-network" },
  });
  const host = "192.0.2.20";
  expect(engine.execute("expose", { ...photos, host })).toEqual({ ok: true, value: null });
  await clock.advance(0);
  expect(engine.snapshot.exposures).toMatchObject([{ internalPort: 80, host, listening: false }]);
  await engine.stop({ release: false });
  const next = await engineWith([], folder);
  expect(next.engine.snapshot.exposures).toMatchObject([{ internalPort: 80, host }]);
  next.engine.execute("withdraw", { transport: "tcp", internalPort: 80, host });
  await next.clock.advance(0);
  expect(next.engine.snapshot.exposures).toEqual([]);
  await next.engine.stop({ release: false });
});
