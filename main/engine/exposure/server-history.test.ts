import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Exposure, RecognisedServer } from "../../../shared/snapshot.ts";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { ServerHistory } from "./server-history.ts";

const day = 24 * 3600_000;
let directory: string;
let path: string;
let environment: ReturnType<typeof simulatedEnvironment>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-history-"));
  path = join(directory, "history.json");
  environment = simulatedEnvironment();
});
afterEach(() => rmSync(directory, { recursive: true }));

function start() {
  const history = new ServerHistory(path, environment);
  const notices = history.load();
  return { history, notices };
}

function server(part: Partial<RecognisedServer> = {}): RecognisedServer {
  return {
    transport: "tcp",
    port: 25565,
    addresses: ["::"],
    scope: "network",
    process: {
      pid: 7,
      name: "java",
      commandLine: "java --token hush",
      executable: "/usr/bin/java",
    },
    ephemeral: false,
    service: null,
    title: "java",
    warnings: [],
    ...part,
  };
}

const game = server({
  service: {
    id: "minecraft-java",
    name: "Minecraft",
    role: "game",
    confidence: "high",
    evidence: [],
  },
});
const open = [{ transport: "tcp", internalPort: 25565, state: "mapped" }] as Exposure[];

test("remembers over runs when a server was first seen and last open", async () => {
  const first = start().history;
  first.update([game], []);
  await environment.clock.advance(day);
  first.update([game], open);
  await environment.clock.advance(day);
  first.update([game], []);
  expect(first.tell(game).history).toEqual({
    firstSeen: "2026-01-01T00:00:00.000Z",
    lastSeen: null,
    lastExposed: "2026-01-03T00:00:00.000Z",
  });
  first.stop();
  await environment.clock.advance(day);
  const next = start().history;
  next.update([game], []);
  await environment.clock.advance(day);
  next.update([game], []);
  expect(next.tell(game).history).toEqual({
    ...first.tell(game).history,
    lastSeen: "2026-01-03T00:00:00.000Z",
  });
  expect(readFileSync(path, "utf8")).not.toContain("hush");
});

test("what is open when it ends was open until then", async () => {
  const first = start().history;
  first.update([game], open);
  await environment.clock.advance(day);
  first.stop();
  expect(start().history.tell(game).history?.lastExposed).toBe("2026-01-02T00:00:00.000Z");
});

test("a server that is recognised late is the one that was seen", async () => {
  const { history } = start();
  history.update([server()], []);
  await environment.clock.advance(day);
  history.update([game], []);
  expect(history.tell(game).history?.firstSeen).toBe("2026-01-01T00:00:00.000Z");
  history.stop();
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
    servers: [{ key: "tcp/25565 minecraft-java" }],
  });
});

test("a server that is recognised late was last seen when it last ran, not when it came", async () => {
  const { history } = start();
  history.update([game], []);
  await environment.clock.advance(day);
  history.update([], []);
  await environment.clock.advance(day);
  history.update([server()], []);
  await environment.clock.advance(1000);
  history.update([game], []);
  history.update([game], open);
  expect(history.tell(game).history).toEqual({
    firstSeen: "2026-01-01T00:00:00.000Z",
    lastSeen: "2026-01-02T00:00:00.000Z",
    lastExposed: "2026-01-03T00:00:01.000Z",
  });
  history.update([], []);
  await environment.clock.advance(day);
  history.update([game], []);
  expect(history.tell(game).history?.lastSeen).toBe("2026-01-03T00:00:01.000Z");
});

test("a server that is new is not one that was seen before, recognised or not", async () => {
  const { history } = start();
  history.update([server()], []);
  await environment.clock.advance(1000);
  history.update([game], []);
  expect(history.tell(game).history?.lastSeen).toBeNull();
});

test("another port or program is another server, and client sockets are none", async () => {
  const { history } = start();
  history.update([game], []);
  await environment.clock.advance(day);
  const others = [
    server({ port: 25566 }),
    server({ process: { pid: 8, name: "nginx", commandLine: "nginx" } }),
  ];
  const client = server({ transport: "udp", ephemeral: true });
  history.update([...others, client], []);
  expect(others.map((one) => history.tell(one).history?.firstSeen)).toEqual([
    "2026-01-02T00:00:00.000Z",
    "2026-01-02T00:00:00.000Z",
  ]);
  expect(history.tell(client)).toBe(client);
  history.stop();
  expect(readFileSync(path, "utf8")).not.toContain("udp/");
});

test("writes once in a minute at most, and not at all while nothing changes", async () => {
  const { history } = start();
  history.update([game], []);
  await environment.clock.advance(59_999);
  history.update([game], open);
  expect(existsSync(path)).toBe(false);
  await environment.clock.advance(1);
  expect(existsSync(path)).toBe(true);
  rmSync(path);
  history.update([game], open);
  await environment.clock.advance(day);
  expect(existsSync(path)).toBe(false);
});

test("keeps 200 servers, those that were open before all others", async () => {
  const { history } = start();
  history.update([game], open);
  for (let port = 1; port <= 300; port += 1) {
    await environment.clock.advance(1000);
    history.update([server({ port })], []);
  }
  history.stop();
  const { history: next, notices } = start();
  expect(notices).toEqual([]);
  expect(next.tell(game).history?.lastExposed).not.toBeNull();
  expect(next.tell(server({ port: 101 })).history).toBeUndefined();
  expect(next.tell(server({ port: 102 })).history).toBeDefined();
});

test.each(["{", "[]", '{"version":1,"servers":[{"key":"x"}]}'])(
  "a damaged file (%s) is kept aside and told",
  (text) => {
    writeFileSync(path, text);
    const { history, notices } = start();
    expect(notices).toMatchObject([{ id: "history-damaged" }]);
    const [aside = ""] = readdirSync(directory);
    expect(aside).toMatch(/^history\.corrupt-/);
    expect(readFileSync(join(directory, aside), "utf8")).toBe(text);
    history.update([game], []);
    expect(history.tell(game).history).toBeDefined();
    history.stop();
  },
);
