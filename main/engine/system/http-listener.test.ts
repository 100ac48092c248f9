/** The listener for events on real sockets of this PC. */
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { HttpListener } from "../environment.ts";
import { hearHttp } from "./http-listener.ts";

let listener: HttpListener | null = null;
afterEach(() => listener?.close());

const heard: string[] = [];

async function listen(peer = "127.0.0.1", address = "127.0.0.1"): Promise<URL> {
  heard.length = 0;
  const options = { address, peer, method: "NOTIFY", path: "/events/1", maxBytes: 1000 };
  listener = await hearHttp(options, ({ headers, body }) => {
    heard.push(`${headers["sid"]}: ${body}`);
    return headers["sid"] === "uuid:1" ? 200 : 412;
  });
  return new URL(listener.url);
}

/** What comes back for raw bytes; "" when the connection just ends. */
function send({ hostname, port }: URL, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname.replaceAll(/[[\]]/g, ""), () =>
      socket.write(text),
    );
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer.split("\r\n", 1)[0] ?? ""));
  });
}

function notify(path: string, body: string, sid = "uuid:1", method = "NOTIFY"): string {
  return `${method} ${path} HTTP/1.1\r\nHOST: x\r\nSID: ${sid}\r\nCONTENT-LENGTH: ${body.length}\r\n\r\n${body}`;
}

test("hears the peer at its path, and answers as told", async () => {
  const url = await listen();
  expect(await send(url, notify("/events/1", "hello"))).toBe("HTTP/1.1 200 OK");
  expect(await send(url, notify("/events/1", "x", "uuid:2"))).toMatch(/^HTTP\/1.1 412/);
  expect(heard).toEqual(["uuid:1: hello", "uuid:2: x"]);
});

test("over IPv6 too", async () => {
  const url = await listen("::1", "::1");
  expect(url.hostname).toBe("[::1]");
  expect(await send(url, notify("/events/1", "hello"))).toBe("HTTP/1.1 200 OK");
});

test("another path or method is nothing to hear", async () => {
  const url = await listen();
  expect(await send(url, notify("/", "x"))).toMatch(/^HTTP\/1.1 404/);
  expect(await send(url, notify("/events/1", "x", "uuid:1", "GET"))).toMatch(/^HTTP\/1.1 404/);
  expect(heard).toEqual([]);
});

test("nobody else is heard", async () => {
  const url = await listen("127.0.0.2");
  expect(await send(url, notify("/events/1", "x"))).toBe("");
  expect(heard).toEqual([]);
});

test("garbage, and more than it may be, end the connection", async () => {
  const url = await listen();
  expect(await send(url, "\u0000\u0001\r\n\r\n")).toBe("");
  expect(await send(url, notify("/events/1", "x".repeat(1001)))).toMatch(/^(HTTP\/1.1 413.*)?$/);
  expect(await send(url, `NOTIFY /events/1 HTTP/1.1\r\nX: ${"y".repeat(20_000)}\r\n\r\n`)).toBe("");
  expect(heard).toEqual([]);
});
