import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type AskProtocol, gamedigProtocols } from "../../../../shared/services/schema.ts";
import { askTransports } from "./answer.ts";
import { askAt, closeServers, listenTcp, listenUdp, promised } from "./local-server.fixture.ts";

afterEach(closeServers);

// Those of gamedig have a test of their own.
const protocols = (Object.keys(askTransports) as AskProtocol[]).filter(
  (protocol) => !gamedigProtocols.some((one) => one === protocol),
);
const overTcp = protocols.filter((protocol) => askTransports[protocol] === "tcp");
const overUdp = protocols.filter((protocol) => askTransports[protocol] === "udp");
const garbage = Buffer.from(Array.from({ length: 600 }, (_, at) => (at * 73 + 31) & 0xff));

describe.each(overTcp)("%s over TCP", (protocol) => {
  test("a server that never answers: silent when the time is up", async () => {
    const { server, port } = await listenTcp(() => undefined);
    const { outcome, clock } = askAt(protocol, port);
    await once(server, "connection");
    await clock.advance(3000);
    expect(await outcome).toEqual({ kind: "silent" });
    expect(clock.pending).toBe(0);
  });

  test("a server that answers 10 MB of zeros: ends after kilobytes, and tells", async () => {
    const { promise: closed, resolve } = promised();
    const { port } = await listenTcp((socket) => {
      socket.write(Buffer.alloc(10_000_000));
      socket.on("close", () => resolve());
    });
    const { outcome, clock } = askAt(protocol, port);
    expect((await outcome).kind).toMatch(/^(too-large|unreadable)$/);
    await closed;
    expect(clock.pending).toBe(0);
  });

  test("a server that answers 10 MB of a beginning that is right: ends, and tells", async () => {
    const { promise: closed, resolve } = promised();
    const start = {
      "minecraft-java": Buffer.from([0xff, 0xff, 0x0f, 0x00, 0xf0, 0xff, 0x0f, 0x7b]),
      http: Buffer.from("HTTP/1.1 200 OK\r\n\r\n<html>"),
      rtsp: Buffer.from("RTSP/1.0 200 OK\r\nServer: "),
      banner: Buffer.from("SSH-2.0-"),
      teamspeak3: Buffer.from("TS3\n\rerror id=0 msg=ok\n\rvirtualserver_name="),
    }[protocol as string];
    const { port } = await listenTcp((socket) => {
      socket.write(Buffer.concat([start ?? garbage, Buffer.alloc(10_000_000, 0x20)]));
      socket.on("close", () => resolve());
    });
    const outcome = await askAt(protocol, port).outcome;
    // A page need not be whole to be one.
    expect(outcome.kind).toBe(protocol === "http" ? "answer" : "too-large");
    await closed;
  });

  test("a server that answers garbage: unreadable", async () => {
    const { port } = await listenTcp((socket) => socket.end(garbage));
    expect((await askAt(protocol, port).outcome).kind).toMatch(/^(unreadable|too-large)$/);
  });

  test("a server that hangs up: silent", async () => {
    const { port } = await listenTcp((socket) => socket.end());
    expect(await askAt(protocol, port).outcome).toEqual({ kind: "silent" });
  });

  test("a server that drips: ends after a number of pieces", async () => {
    const { port } = await listenTcp((socket) => {
      socket.setNoDelay(true);
      const drip = (): void => {
        if (!socket.destroyed) socket.write(" ", () => setImmediate(drip));
      };
      if (protocol === "http") socket.write("HTTP/");
      drip();
    });
    expect((await askAt(protocol, port).outcome).kind).toMatch(/^(too-large|unreadable)$/);
  });

  test("no server: unreachable, with the system's code", async () => {
    const { port, server } = await listenTcp(() => undefined);
    server.close();
    await once(server, "close");
    expect(await askAt(protocol, port).outcome).toEqual({
      kind: "unreachable",
      detail: "ECONNREFUSED",
    });
  });
});

describe("a page whose icon is hostile", () => {
  const page = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Wiki</title></head>";

  /** The first visitor gets the page, the second whatever `serve` sends for its icon. */
  async function askPage(serve: (socket: Socket) => void) {
    const { promise: iconAsked, resolve: onIcon } = promised();
    const { promise: closed, resolve: onClose } = promised();
    const { port } = await listenTcp((socket) => {
      socket.once("data", (question) => {
        if (!question.toString().startsWith("GET /favicon.ico ")) return socket.end(page);
        socket.on("close", () => onClose());
        serve(socket);
        onIcon();
        return socket;
      });
    });
    return { ...askAt("http", port), iconAsked, closed };
  }

  const withoutIcon = { kind: "answer", answer: { name: "Wiki", icon: null } };

  test("never comes: the page counts when the time is up", async () => {
    const { outcome, clock, iconAsked } = await askPage(() => undefined);
    await iconAsked;
    await clock.advance(3000);
    expect(await outcome).toMatchObject(withoutIcon);
    expect(clock.pending).toBe(0);
  });

  test.each([
    ["10 MB", Buffer.concat([Buffer.from("HTTP/1.0 200 OK\r\n\r\n"), Buffer.alloc(10_000_000)])],
    ["10 MB of head", Buffer.alloc(10_000_000, "X-Header: x\r\n")],
    ["garbage", garbage],
  ])("is %s: ends, and the page counts", async (_what, bytes) => {
    const { outcome, clock, closed } = await askPage((socket) => socket.end(bytes));
    expect(await outcome).toMatchObject(withoutIcon);
    await closed;
    expect(clock.pending).toBe(0);
  });
});

describe.each(overUdp)("%s over UDP", (protocol) => {
  test("a server that never answers: asked twice, then silent", async () => {
    let heard = 0;
    const { promise: first, resolve: onFirst } = promised();
    const { promise: second, resolve: onSecond } = promised();
    const port = await listenUdp(() => {
      heard += 1;
      if (heard === 1) onFirst();
      else onSecond();
    });
    const { outcome, clock } = askAt(protocol, port);
    await first;
    await clock.advance(1000);
    await second;
    await clock.advance(2000);
    expect(await outcome).toEqual({ kind: "silent" });
    expect(clock.pending).toBe(0);
    expect(heard).toBe(2);
  });

  test("a server that answers 10 MB of garbage: ends after some, unreadable", async () => {
    const port = await listenUdp((_question, reply) => {
      for (let sent = 0; sent < 10_000_000; sent += garbage.length) reply(garbage);
    });
    const { outcome, clock } = askAt(protocol, port);
    expect((await outcome).kind).toBe("unreadable");
    expect(clock.pending).toBe(0);
  });

  test("one piece of garbage does not hide the answer that follows", async () => {
    const port = await listenUdp((question, reply) => {
      reply(Buffer.concat(Array.from({ length: 100 }, () => garbage)));
      reply(rightReply(protocol, question));
    });
    expect((await askAt(protocol, port).outcome).kind).toBe("answer");
  });

  test("no server: unreachable", async () => {
    const port = await listenUdp(() => undefined);
    closeServers();
    expect(await askAt(protocol, port).outcome).toMatchObject({ kind: "unreachable" });
  });
});

function rightReply(protocol: AskProtocol, question: Buffer): Buffer {
  switch (protocol) {
    case "minecraft-bedrock": {
      const words = Buffer.from("MCPE;Home;1;1.21;0;10");
      const head = [Buffer.from([0x1c]), question.subarray(1, 9), Buffer.alloc(8)];
      const magic = question.subarray(9, 25);
      return Buffer.concat([...head, magic, Buffer.from([0, words.length]), words]);
    }
    case "mumble":
      return Buffer.concat([Buffer.from([0, 1, 4, 0]), question.subarray(4, 12), Buffer.alloc(12)]);
    default:
      return Buffer.from(
        `\u00ff\u00ff\u00ff\u00ffI\u0011Home\0m\0f\0g\0${"\0".repeat(9)}1.0\0`,
        "latin1",
      );
  }
}

test("A2S shows the challenge it was given", async () => {
  const questions: Buffer[] = [];
  const port = await listenUdp((question, reply) => {
    questions.push(question);
    if (question.length === 25) reply(Buffer.from("ffffffff410a0b0c0d", "hex"));
    else reply(rightReply("a2s", question));
  });
  expect(await askAt("a2s", port).outcome).toMatchObject({
    kind: "answer",
    answer: { name: "Home", version: "1.0" },
  });
  expect(questions.at(-1)?.subarray(-4).toString("hex")).toBe("0a0b0c0d");
});

test("a server that answers each challenge with the next is left", async () => {
  let questions = 0;
  const port = await listenUdp((_question, reply) => {
    questions += 1;
    reply(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x41, 0, 0, 0, questions]));
  });
  const { outcome, clock } = askAt("a2s", port);
  const settled = outcome.then(({ kind }) => kind);
  await expect.poll(() => questions).toBeGreaterThanOrEqual(4);
  await clock.advance(3000);
  expect(await settled).toBe("unreadable");
  expect(questions).toBeLessThanOrEqual(17);
});

test("Minecraft's status comes in pieces", async () => {
  const json = Buffer.from(JSON.stringify({ description: "Home", players: { online: 1, max: 5 } }));
  const packet = Buffer.concat([Buffer.from([json.length + 2, 0, json.length]), json]);
  const { port } = await listenTcp((socket) => {
    socket.setNoDelay(true);
    socket.once("data", () => {
      socket.write(packet.subarray(0, 10), () => socket.write(packet.subarray(10)));
    });
  });
  expect(await askAt("minecraft-java", port).outcome).toMatchObject({
    kind: "answer",
    answer: { name: "Home", players: 1, maxPlayers: 5 },
  });
});
