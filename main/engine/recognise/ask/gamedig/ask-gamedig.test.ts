import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type GamedigProtocol, gamedigProtocols } from "../../../../../shared/services/schema.ts";
import { SeededRandom } from "../../../../../test/fixtures/seeded-random.ts";
import { SimulatedClock } from "../../../../../test/fixtures/simulated-clock.ts";
import type { UdpAddress, UdpSocket } from "../../../environment.ts";
import { askTransports } from "../answer.ts";
import { askGamedig } from "./ask-gamedig.ts";
import { png } from "../icon.fixture.ts";
import {
  askAt,
  closeServers,
  listenTcp,
  listenUdp,
  promised,
  quiet,
} from "../local-server.fixture.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  closeServers();
  for (const close of closers.splice(0)) close();
});

// The library comes when the first question is asked; a test's clock does not wait for it.
await import("gamedig");

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

/** Length in one byte, which counts itself (ASE) or not (the rest), and text. */
const counted = (text: string, itself = 0): Buffer =>
  Buffer.concat([Buffer.from([text.length + itself]), latin1(text)]);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const longText = (text: string): Buffer => Buffer.concat([u32(text.length), latin1(text)]);

/** What a server of each kind says to a question, as its protocol is documented; null for no word. */
const servers: Readonly<Partial<Record<GamedigProtocol, (question: Buffer) => Buffer | null>>> = {
  quake3: () =>
    latin1(
      '\xff\xff\xff\xffstatusResponse\n\\sv_hostname\\^1Arena ^7one\\sv_maxclients\\16\\version\\ioq3 1.36\\mapname\\q3dm17\n5 20 "Ann"\n0 0 "Bot"\n',
    ),
  samp: (question) => {
    const head = question.subarray(0, 11);
    switch (String.fromCharCode(question[10] ?? 0)) {
      case "i": {
        const counts = Buffer.from([0, 3, 0, 50, 0]);
        const texts = ["San Fierro", "Freeroam", "English"].map(longText);
        return Buffer.concat([head, counts, ...texts]);
      }
      case "r":
        return Buffer.concat([head, Buffer.from([1, 0]), counted("version"), counted("0.3.7-R2")]);
      default:
        return null;
    }
  },
  ase: () =>
    Buffer.concat([
      latin1("EYE1"),
      ...["mta", "22003", "Drift city", "race", "LV", "1.6", "0", "4", "64", ""].map((text) =>
        counted(text, 1),
      ),
    ]),
  gamespy1: () =>
    latin1(
      "\\gamename\\ut\\gamever\\469\\hostname\\Facing Worlds\\hostport\\7777\\mapname\\CTF-Face\\numplayers\\1\\maxplayers\\12\\player_0\\Ann\\frags_0\\3\\queryid\\7.1\\final\\",
    ),
  unreal2: (question) => {
    const text = (words: string): Buffer => Buffer.concat([counted(`${words}\0`)]);
    const head = Buffer.from([0x80, 0, 0, 0, question[4] ?? 0]);
    if (question[4] !== 0) return head;
    const counts = [u32(2), u32(6)];
    return Buffer.concat([
      head,
      u32(1),
      text("127.0.0.1"),
      u32(7707),
      u32(7708),
      text("The farm"),
      text("KF-Farm"),
      text("KFGameType"),
      ...counts,
    ]);
  },
  satisfactory: (question) => {
    const build = Buffer.alloc(4);
    build.writeInt32LE(385_279);
    const name = latin1("Grass fields");
    return Buffer.concat([
      Buffer.from([0xd5, 0xf6, 1, 1]),
      question.subarray(4, 12),
      Buffer.from([3]),
      build,
      Buffer.alloc(8),
      Buffer.from([0]),
      Buffer.from([name.length, 0]),
      name,
      Buffer.from([1]),
    ]);
  },
  fivem: () =>
    latin1(
      "\xff\xff\xff\xffinfoResponse\n\\sv_maxclients\\48\\clients\\7\\hostname\\Los Santos\\iv\\1234\\gamename\\CitizenFX",
    ),
};

const answers = {
  quake3: { name: "Arena one", players: 2, maxPlayers: 16, version: "ioq3 1.36" },
  samp: { name: "San Fierro", players: 3, maxPlayers: 50, version: "0.3.7-R2" },
  ase: { name: "Drift city", players: 4, maxPlayers: 64, version: "1.6" },
  gamespy1: { name: "Facing Worlds", players: 1, maxPlayers: 12, version: null },
  unreal2: { name: "The farm", players: 2, maxPlayers: 6, version: null },
  satisfactory: { name: "Grass fields", players: null, maxPlayers: null, version: "385279" },
  fivem: { name: "Los Santos", players: 7, maxPlayers: 48, version: null },
} as const;

const overUdp = gamedigProtocols.filter((protocol) => askTransports[protocol] === "udp");
const overTcp = gamedigProtocols.filter((protocol) => askTransports[protocol] === "tcp");

describe.each(overUdp)("%s", (protocol) => {
  test("a server as it is documented", async () => {
    const { promise: asked, resolve } = promised();
    const port = await listenUdp((question, reply) => {
      const answer = servers[protocol]?.(question) ?? null;
      if (answer !== null) reply(answer);
      resolve();
    });
    if (protocol === "fivem") await serveJson(port, { "/info.json": { version: 1 } });
    const { outcome, clock } = askAt(protocol, port);
    await asked;
    const settled = outcome.then((value) => value);
    // Some steps end by waiting.
    for (let step = 0; step < 4; step += 1) {
      await quiet();
      await clock.advance(700);
    }
    expect(await settled).toEqual({
      kind: "answer",
      answer: { protocol, ...answers[protocol as keyof typeof answers] },
    });
    expect(clock.pending).toBe(0);
  });

  test("a server that never answers: silent, soon", async () => {
    const { promise: asked, resolve } = promised();
    const port = await listenUdp(() => resolve());
    const { outcome, clock } = askAt(protocol, port);
    await asked;
    await clock.advance(3000);
    expect(await outcome).toEqual({ kind: "silent" });
    expect(clock.pending).toBe(0);
  });

  test("a server that answers 10 MB of garbage: unreadable, after some", async () => {
    const port = await listenUdp((_question, reply) => {
      for (let sent = 0; sent < 10_000_000; sent += 600) reply(Buffer.alloc(600, sent / 600));
    });
    const { outcome, clock } = askAt(protocol, port);
    expect((await outcome).kind).toBe("unreadable");
    expect(clock.pending).toBe(0);
  });

  test("a server that answers with the largest datagrams there are: unreadable", async () => {
    const { promise: asked, resolve } = promised();
    const port = await listenUdp((question, reply) => {
      const right = servers[protocol]?.(question) ?? Buffer.alloc(0);
      reply(Buffer.concat([right, Buffer.alloc(65_000 - right.length, "\\a")]));
      resolve();
    });
    const { outcome, clock } = askAt(protocol, port);
    await asked;
    await quiet();
    await clock.advance(3000);
    expect((await outcome).kind).toBe("unreadable");
    expect(clock.pending).toBe(0);
  });

  test("no server: unreachable", async () => {
    const port = await listenUdp(() => undefined);
    closeServers();
    expect(await askAt(protocol, port).outcome).toMatchObject({ kind: "unreachable" });
  });
});

test.each(overUdp)("%s bears whatever comes, and ends", async (protocol) => {
  const change = fc.record({
    changes: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
    length: fc.nat(500),
    rest: fc.uint8Array({ maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (all) => {
      let at = 0;
      const answer = (question: Uint8Array): Uint8Array => {
        const right = servers[protocol]?.(Buffer.from(question)) ?? Buffer.alloc(0);
        const { changes = [], length = 0, rest = new Uint8Array() } = all[at % all.length] ?? {};
        at += 1;
        const bytes = Buffer.concat([right.subarray(0, length), rest]);
        for (const [place, byte] of changes) bytes[place % Math.max(1, bytes.length)] = byte;
        return bytes;
      };
      const clock = new SimulatedClock();
      let listener: (datagram: Uint8Array, from: UdpAddress) => void = () => undefined;
      const to = { address: "127.0.0.1", port: 7777 };
      const socket: UdpSocket = {
        local: to,
        send: (question) => queueMicrotask(() => listener(answer(question), to)),
        onMessage: (heard) => (listener = heard),
        onError: () => undefined,
        close: () => undefined,
      };
      const outcome = askGamedig(protocol, to, {
        clock,
        random: new SeededRandom(),
        network: { connectUdp: async () => socket },
        exchangeTcp: async () => ({ kind: "failed", detail: "ECONNREFUSED" }),
      });
      await clock.advance(3000);
      const result = await outcome;
      expect(clock.pending).toBe(0);
      if (result.kind !== "answer") return;
      const { name, version, players, maxPlayers } = result.answer;
      for (const text of [name, version]) {
        expect(text ?? "").toMatch(/^[^\p{Cc}\p{Bidi_Control}]{0,120}$/u);
      }
      for (const count of [players, maxPlayers]) expect(count ?? 0).toBeGreaterThanOrEqual(0);
    }),
    { seed: 7, numRuns: 300 },
  );
});

describe.each(overTcp)("%s", (protocol) => {
  test("a server that never answers: silent when the time is up", async () => {
    const { server, port } = await listenTcp(() => undefined);
    const { outcome, clock } = askAt(protocol, port);
    await once(server, "connection");
    await clock.advance(3000);
    expect(await outcome).toEqual({ kind: "silent" });
    expect(clock.pending).toBe(0);
  });

  test.each([
    ["zeros", Buffer.alloc(0)],
    ["a right beginning", Buffer.from("HTTP/1.1 200 OK\r\n\r\n{")],
  ])("a server that answers 10 MB of %s: ends, and tells", async (_what, start) => {
    const { promise: closed, resolve } = promised();
    const { port } = await listenTcp((socket) => {
      socket.write(Buffer.concat([start, Buffer.alloc(10_000_000)]));
      socket.on("close", () => resolve());
    });
    const { outcome, clock } = askAt(protocol, port);
    expect((await outcome).kind).toMatch(/^(too-large|unreadable)$/);
    await closed;
    expect(clock.pending).toBe(0);
  });

  test("a server that answers garbage: unreadable", async () => {
    const garbage = Buffer.from(Array.from({ length: 600 }, (_, at) => (at * 73 + 31) & 0xff));
    const { port } = await listenTcp((socket) => socket.end(garbage));
    expect((await askAt(protocol, port).outcome).kind).toBe("unreadable");
  });

  test("no server: unreachable", async () => {
    const { port, server } = await listenTcp(() => undefined);
    server.close();
    await once(server, "close");
    expect(await askAt(protocol, port).outcome).toEqual({
      kind: "unreachable",
      detail: "ECONNREFUSED",
    });
  });
});

async function serveJson(port: number, pages: Readonly<Record<string, unknown>>): Promise<number> {
  const server = createServer((request, response) => {
    const page = pages[(request.url ?? "").replace(/\|.*/, "|")];
    if (page === undefined) response.writeHead(404);
    response.end(page === undefined ? "" : JSON.stringify(page));
  });
  closers.push(() => server.close());
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("over HTTP", () => {
  test("Assetto Corsa", async () => {
    const port = await serveJson(0, {
      "/INFO": { name: "Sunday cup", clients: 3, maxclients: 18, track: "spa", poweredBy: "x 1.2" },
      "/JSON|": { Cars: [] },
    });
    expect(await askAt("assettocorsa", port).outcome).toMatchObject({
      answer: { name: "Sunday cup", players: 3, maxPlayers: 18, version: "x 1.2" },
    });
  });

  test("Eco", async () => {
    const Info = { Description: "Green", OnlinePlayers: 1, TotalPlayers: 9, Version: "0.12" };
    const port = await serveJson(0, { "/frontpage": { Info } });
    expect(await askAt("eco", port).outcome).toMatchObject({
      answer: { name: "Green", players: 1, maxPlayers: 9, version: "0.12" },
    });
  });

  test("FiveM has an icon", async () => {
    const icon = png(96, 96).toString("base64");
    const port = await serveJson(0, { "/info.json": { icon }, "/players.json": [] });
    await listenUdp((question, reply) => reply(servers.fivem?.(question) ?? question), port);
    expect(await askAt("fivem", port).outcome).toMatchObject({
      answer: { name: "Los Santos", icon: `data:image/png;base64,${icon}` },
    });
  });

  test("values of other kinds than expected are left out", async () => {
    const Info = { Description: { a: 1 }, OnlinePlayers: "many", TotalPlayers: 9, Version: ["x"] };
    const port = await serveJson(0, { "/frontpage": { Info } });
    expect(await askAt("eco", port).outcome).toMatchObject({
      kind: "answer",
      answer: { name: null, players: null, maxPlayers: 9 },
    });
  });

  test("a redirection is not followed", async () => {
    let asked = 0;
    const elsewhere = await serveJson(0, {});
    const { port } = await listenTcp((socket) => {
      asked += 1;
      socket.end(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${elsewhere}/x\r\n\r\n`);
    });
    expect((await askAt("eco", port).outcome).kind).toBe("unreadable");
    expect(asked).toBe(1);
  });
});
