import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as a2s from "./a2s.ts";
import type { Answer } from "./answer.ts";
import { Unreadable } from "./byte-reader.ts";
import { png } from "./icon.fixture.ts";
import * as greeting from "./greeting.ts";
import * as http from "./http.ts";
import * as bedrock from "./minecraft-bedrock.ts";
import * as java from "./minecraft-java.ts";
import * as mumble from "./mumble.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const token = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function status(json: unknown): Uint8Array {
  const text = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  const varint = (value: number): number[] =>
    value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
  const packet = Buffer.concat([Buffer.from([0, ...varint(text.length)]), text]);
  return Buffer.concat([Buffer.from(varint(packet.length)), packet]);
}

function pong(words: string, echo: Uint8Array = token): Uint8Array {
  const text = utf8(words);
  const magic = Buffer.from("00ffff00fefefefefdfdfdfd12345678", "hex");
  const length = Uint8Array.of(text.length >> 8, text.length & 0xff);
  return Buffer.concat([Uint8Array.of(0x1c), echo, new Uint8Array(8), magic, length, text]);
}

function info({ app = 0, tail = [] as readonly number[] } = {}): Uint8Array {
  return Buffer.concat([
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0x49, 0x11]),
    utf8("My server\0map\0folder\0game\0"),
    Uint8Array.of(app & 0xff, app >> 8, 3, 16, 0, 0x64, 0x6c, 0, 1),
    utf8("1.2.3\0"),
    Uint8Array.from(tail),
  ]);
}

describe("Minecraft Java status", () => {
  test("asks as the wiki's example does", () => {
    expect(hex(java.encodeStatusRequest("localhost", 25565))).toBe(
      `1300ffffffff0f09${hex(utf8("localhost"))}63dd010100`,
    );
  });

  test("reads name, players and version, without colours", () => {
    const answer = java.decodeStatus(
      status({
        version: { name: "Paper 1.21.4", protocol: 769 },
        players: { online: 3, max: 20, sample: [] },
        description: { text: "§6Home ", extra: [{ text: "sweet", bold: true }, " home"] },
        favicon: "data:image/png;base64,AAAA",
      }),
    );
    expect(answer).toEqual({
      protocol: "minecraft-java",
      name: "Home sweet home",
      players: 3,
      maxPlayers: 20,
      version: "Paper 1.21.4",
    });
  });

  test.each([
    ["a plain text", { description: "A Minecraft Server" }, "A Minecraft Server", null],
    ["lines", { description: "one\ntwo" }, "one two", null],
    ["players alone", { players: { online: 1, max: 2 } }, null, 1],
    ["numbers that are none", { description: "x", players: { online: -1, max: 1e300 } }, "x", null],
    ["players as text", { description: "x", players: { online: "3", max: "9" } }, "x", null],
    ["half characters", { description: "a\ud83d b" }, "a b", null],
    ["a name without an end", { description: "x".repeat(100_000) }, "x".repeat(120), null],
  ])("takes %s", (_what, json, name, players) => {
    expect(java.decodeStatus(status(json))).toMatchObject({ name, players });
  });

  test("takes the icon where it is one", () => {
    const favicon = `data:image/png;base64,${png(64, 64).toString("base64")}`;
    expect(java.decodeStatus(status({ description: "x", favicon })).icon).toBe(favicon);
    expect(java.decodeStatus(status({ description: "x", favicon: "x" })).icon).toBeUndefined();
  });

  test("is not led into the depths", () => {
    let description: unknown = "end";
    for (let depth = 0; depth < 2000; depth += 1) description = { text: "a", extra: [description] };
    expect(java.decodeStatus(status({ description })).name).toMatch(/^a{1,20}$/);
  });

  test.each([
    ["another packet", Uint8Array.of(1, 1)],
    ["no JSON", status("hello")],
    ["JSON of something else", status({ error: "no" })],
    ["a list", status([1])],
    ["a number", status(7)],
    ["a length beyond the end", Uint8Array.of(0x7f, 0, 0x7f, 0x7b)],
    ["a number without end", new Uint8Array(20).fill(0xff)],
    ["nothing", new Uint8Array()],
  ])("refuses %s", (_what, bytes) => {
    expect(() => java.decodeStatus(bytes)).toThrow(/bytes|packet|JSON|number/);
  });

  test("knows when all is there, or never will be", () => {
    const whole = status({ description: "x" });
    expect(java.isWholeStatus(whole)).toBe(true);
    expect(java.isWholeStatus(whole.subarray(0, -1))).toBe(false);
    expect(java.isWholeStatus(whole.subarray(0, 1))).toBe(false);
    expect(java.isWholeStatus(utf8("HTTP/1.1 400 Bad Request"))).toBe(false);
    expect(java.isWholeStatus(new Uint8Array(5).fill(0xff))).toBe(true);
  });
});

describe("Bedrock pong", () => {
  test("asks with token and magic", () => {
    expect(hex(bedrock.encodePing(token))).toBe(
      `01${hex(token)}00ffff00fefefefefdfdfdfd12345678${hex(token)}`,
    );
  });

  test("reads name, players and version", () => {
    const words = "MCPE;§lMy world;748;1.21.50;2;10;13253860892328930865;Bedrock level;Survival;1;";
    expect(bedrock.decodePong(pong(words), token)).toEqual({
      protocol: "minecraft-bedrock",
      name: "My world",
      players: 2,
      maxPlayers: 10,
      version: "1.21.50",
    });
  });

  test("takes a short line", () => {
    expect(bedrock.decodePong(pong("MCPE;x"), token)).toMatchObject({ name: "x", players: null });
  });

  test.each([
    ["an answer to another ping", pong("MCPE;x", new Uint8Array(8))],
    ["another game", pong("RUST;x")],
    ["another message", Uint8Array.of(0x1d, ...token)],
    ["a line beyond the end", pong("MCPE;x").subarray(0, -1)],
  ])("refuses %s", (_what, bytes) => {
    expect(() => bedrock.decodePong(bytes, token)).toThrow(Unreadable);
  });
});

describe("A2S", () => {
  test("asks, and asks again with the challenge", () => {
    const question = `ffffffff54${hex(utf8("Source Engine Query\0"))}`;
    expect(hex(a2s.encodeInfoRequest(null))).toBe(question);
    expect(hex(a2s.encodeInfoRequest(Uint8Array.of(1, 2, 3, 4)))).toBe(`${question}01020304`);
    const challenge = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x41, 9, 8, 7, 6);
    expect(a2s.decodeInfoReply(challenge)).toEqual({
      kind: "challenge",
      challenge: Uint8Array.of(9, 8, 7, 6),
    });
  });

  test("reads name, players, version and the game's number", () => {
    expect(a2s.decodeInfoReply(info({ app: 440 }))).toEqual({
      kind: "answer",
      answer: {
        protocol: "a2s",
        name: "My server",
        players: 3,
        maxPlayers: 16,
        version: "1.2.3",
        steamApp: 440,
      },
    });
  });

  test("takes the full number over the short one", () => {
    // 892970 = 0x0da02a, behind port and Steam id.
    const tail = [
      0x91,
      0,
      0,
      ...Array.from({ length: 8 }, () => 7),
      0x2a,
      0xa0,
      0x0d,
      0,
      0,
      0,
      0,
      0,
    ];
    expect(a2s.decodeInfoReply(info({ app: 0xa02a, tail }))).toMatchObject({
      answer: { steamApp: 892_970 },
    });
  });

  test("reads GoldSource's old form", () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xff, 0xff, 0xff, 0x6d]),
      utf8("127.0.0.1:27015\0Old\0map\0valve\0Half-Life\0"),
      Uint8Array.of(2, 8, 47, 0x64, 0x6c, 0, 0),
    ]);
    expect(a2s.decodeInfoReply(bytes)).toMatchObject({
      answer: { name: "Old", players: 2, maxPlayers: 8 },
    });
  });

  test.each([
    ["a split packet", Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0x49)],
    ["another message", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x44, 0)],
    ["a name without end", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x49, 0x11, 0x41)],
    ["flags without what they promise", info({ tail: [0xff] })],
    ["nothing", new Uint8Array()],
  ])("refuses %s", (_what, bytes) => {
    expect(() => a2s.decodeInfoReply(bytes)).toThrow(Unreadable);
  });
});

describe("Mumble ping", () => {
  const reply = (echo: Uint8Array): Uint8Array =>
    Buffer.concat([
      Uint8Array.of(0, 1, 5, 5),
      echo,
      Buffer.from("000000040000006400020000", "hex"),
    ]);

  test("reads users, places and version", () => {
    expect(hex(mumble.encodePing(token))).toBe(`00000000${hex(token)}`);
    expect(mumble.decodePong(reply(token), token)).toEqual({
      protocol: "mumble",
      name: null,
      players: 4,
      maxPlayers: 100,
      version: "1.5.5",
    });
  });

  test("refuses another length or another ping's answer", () => {
    expect(() => mumble.decodePong(reply(token).subarray(1), token)).toThrow(/23 bytes/);
    expect(() => mumble.decodePong(reply(new Uint8Array(8)), token)).toThrow(/another ping/);
  });
});

describe("HTTP", () => {
  const page = (body: string, headers = ""): Answer =>
    http.decodePage(utf8(`HTTP/1.1 200 OK\r\n${headers}\r\n${body}`));

  test("reads title and server", () => {
    const headers = "Content-Type: text/html\r\nServer: nginx/1.24.0\r\n";
    expect(
      page('<html><TITLE lang="en">\n Tom &amp; Jerry&#39;s &#x2603; </title>', headers),
    ).toEqual({
      protocol: "http",
      name: "Tom & Jerry's ☃",
      players: null,
      maxPlayers: null,
      version: "nginx/1.24.0",
    });
  });

  test.each([
    ["no title", "<html>", null],
    ["an empty title", "<title> </title>", null],
    ["a title that is cut off", "<title>Half a ti", "Half a ti"],
    ["a title beyond measure", `<title>${"x".repeat(5000)}`, "x".repeat(120)],
    ["characters that disguise", "<title>a\u202Eb\u0000c</title>", "a b c"],
    [
      "numbers that are no characters",
      "<title>&#0;&#x110000;&#99999999;</title>",
      "&#0;&#x110000;&#99999999;",
    ],
    ["half characters", "<title>a&#xD800;b&#xDC00;</title>", "a&#xD800;b&#xDC00;"],
    ["a character at the limit", `<title>${"x".repeat(119)}😀</title>`, "x".repeat(119)],
  ])("takes %s", (_what, body, name) => {
    expect(page(body).name).toBe(name);
  });

  test("does not look for the title in the headers", () => {
    expect(page("", "X-A: <title>no</title>\r\n").name).toBeNull();
  });

  test.each([
    "",
    "SSH-2.0-x\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 999 x\r\n\r\n",
    "<title>x</title>",
  ])("refuses %j", (text) => {
    expect(() => http.decodePage(utf8(text))).toThrow(Unreadable);
  });

  test("stops where the page's body begins, or as soon as it is no HTTP", () => {
    expect(http.isEnough(utf8("HTTP/1.1 200 OK\r\n\r\n<title>x</title>"))).toBe(false);
    expect(http.isEnough(utf8("HTTP/1.1 200 OK\r\n\r\n<title>x</title></HEAD>"))).toBe(true);
    expect(http.isEnough(utf8("HTTP/1.1 200 OK\r\n\r\n<title>x</title><body class=a>"))).toBe(true);
    expect(http.isEnough(utf8("HTT"))).toBe(false);
    expect(http.isEnough(utf8("SSH-2.0"))).toBe(true);
  });

  const icon = png(32, 32);
  const iconUri = `data:image/png;base64,${icon.toString("base64")}`;
  const place = (head: string, headers = "HTTP/1.1 200 OK\r\nContent-Type: text/html") =>
    http.iconPathOf(utf8(`${headers}\r\n\r\n<head>${head}</head>`));
  test.each([
    ["", "/favicon.ico"],
    [`<link rel="stylesheet" href="a.css">`, "/favicon.ico"],
    [`<LINK HREF='img/a b.png?v=2#x' REL='shortcut ICON'>`, "/img/a%20b.png?v=2"],
    [`<link rel=icon href=/i.png>`, "/i.png"],
    [`<link rel="icon" href="http://localhost/../i.png">`, "/i.png"],
    [`<link rel="icon" href="${iconUri}">`, iconUri],
    [`<link rel="icon" href="//other.example/i.png">`, null],
    [`<link rel="icon" href="https://other.example/i.png">`, null],
    [`<link rel="icon" href="http://localhost:8080/i.png">`, null],
    [`<link rel="icon" href="file:///etc/passwd">`, null],
    [`<link rel="icon" href="javascript:alert(1)">`, null],
    [`<link rel="icon" href="data:image/svg+xml,<svg/>">`, "/favicon.ico"],
    [`<link rel="icon" href="data:image/svg+xml;base64,AAAA">`, null],
    [`<link rel="icon" href="/i.png\r\nX-Evil: 1">`, "/i.pngX-Evil:%201"],
    [`<link rel="icon" href="/${"x".repeat(600)}">`, null],
  ])("finds the icon of %j at %j", (head, path) => {
    expect(place(head)).toBe(path);
  });

  test.each(["HTTP/1.1 404 No\r\nContent-Type: text/html", "HTTP/1.1 200 OK\r\nContent-Type: x/y"])(
    "looks for none after %j",
    (headers) => expect(place("", headers)).toBeNull(),
  );

  test("asks for a path in one line, and reads an icon, nothing else", () => {
    expect(Buffer.from(http.encodeGet("/i.png")).toString()).toMatch(
      /^GET \/i\.png HTTP\/1\.0\r\n/,
    );
    const answer = (head: string, body: Uint8Array) =>
      http.decodeIcon(Buffer.concat([utf8(`${head}\r\nA: b\r\n\r\n`), body]));
    expect(answer("HTTP/1.0 200 OK", icon)).toBe(iconUri);
    expect(answer("HTTP/1.0 302 Found", icon)).toBeNull();
    expect(answer("HTTP/1.0 200 OK", utf8("<html>"))).toBeNull();
    expect(http.decodeIcon(utf8("HTTP/1.1 200 OK"))).toBeNull();
  });
});

describe("greetings", () => {
  test.each([
    ["SSH-2.0-OpenSSH_9.6p1 Ubuntu-3", "ssh", "OpenSSH_9.6p1 Ubuntu-3"],
    ["RFB 003.008", "vnc", "003.008"],
    ["220 mail.example.com ESMTP Postfix", "smtp", "mail.example.com ESMTP Postfix"],
    ["220 (vsFTPd 3.0.5)", "ftp", "(vsFTPd 3.0.5)"],
    ["220-FileZilla Server 1.8.1", "ftp", "FileZilla Server 1.8.1"],
  ])("%s", (line, kind, version) => {
    expect(greeting.decodeGreeting(utf8(`${line}\r\nmore`))).toMatchObject({
      protocol: "banner",
      greeting: kind,
      version,
    });
  });

  test.each(["", "hello\n", "220 welcome\n", "SSH-1.5-old\n", "RFB x\n"])("refuses %j", (text) => {
    expect(() => greeting.decodeGreeting(utf8(text))).toThrow(Unreadable);
  });

  test("RTSP names its server", () => {
    const head = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: gortsplib\r\n\r\n";
    expect(greeting.decodeOptions(utf8(head))).toMatchObject({
      protocol: "rtsp",
      version: "gortsplib",
    });
    expect(() => greeting.decodeOptions(utf8("HTTP/1.0 400 Bad\r\n\r\n"))).toThrow(Unreadable);
  });
});

test("bytes of any kind give an answer within bounds or a refusal", () => {
  const decoders: ((bytes: Uint8Array) => Answer | a2s.InfoReply)[] = [
    (bytes) => java.decodeStatus(bytes),
    (bytes) => bedrock.decodePong(bytes, token),
    (bytes) => a2s.decodeInfoReply(bytes),
    (bytes) => mumble.decodePong(bytes, token),
    (bytes) => http.decodePage(bytes),
    (bytes) => greeting.decodeGreeting(bytes),
    (bytes) => greeting.decodeOptions(bytes),
  ];
  const samples = [
    status({ description: "x" }),
    pong("MCPE;x;1;1;1;1"),
    info({ tail: [0x01, 1, 0, 0, 0, 0, 0, 0, 0] }),
    utf8("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n<title>y</title>"),
    utf8("SSH-2.0-x\r\n"),
    utf8("RTSP/1.0 200 OK\r\nServer: x\r\n\r\n"),
  ];
  // Near misses find more than pure noise: a sample with some bytes overwritten and its end cut off.
  const nearMiss = fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
      fc.nat(400),
    )
    .map(([sample, changes, length]) => {
      const bytes = Uint8Array.from(sample);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return bytes.subarray(0, length);
    });
  let answers = 0;
  fc.assert(
    fc.property(fc.oneof(nearMiss, fc.uint8Array({ maxLength: 300 })), (bytes) => {
      http.iconPathOf(bytes);
      http.decodeIcon(bytes);
      for (const decode of decoders) {
        try {
          const result = decode(bytes);
          if ("kind" in result && result.kind === "challenge") continue;
          const answer = "kind" in result ? result.answer : result;
          answers += 1;
          for (const text of [answer.name, answer.version]) {
            if (text !== null && (text.length > 120 || /[\p{Cc}\p{Bidi_Control}]/u.test(text))) {
              return false;
            }
          }
        } catch (error) {
          if (!(error instanceof Unreadable || error instanceof SyntaxError)) throw error;
        }
      }
      return true;
    }),
    { seed: 7, numRuns: 4000 },
  );
  expect(answers).toBeGreaterThan(100);
});
