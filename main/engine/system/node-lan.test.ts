/** The real sockets, on loopback alone. */
import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { HttpOutcome, HttpRequest } from "../environment.ts";
import { nodeLan } from "./node-lan.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});
const never = new AbortController().signal;

/** A server that does with each connection what it is told, once the request is there. */
async function serving(act: (socket: Socket, request: string) => void): Promise<string> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    let request = "";
    socket.on("data", (chunk) => {
      request += chunk.toString("latin1");
      const end = request.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0);
      if (end !== -1 && request.length >= end + 4 + length) act(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/x`;
}

function get(url: string, change: Partial<HttpRequest> = {}): Promise<HttpOutcome> {
  return nodeLan.http({ method: "GET", url, timeout: 30_000, maxBytes: 1000, ...change }, never);
}

describe("http", () => {
  test("sends what was wanted from where it was wanted", async () => {
    let seen = "";
    const url = await serving((socket, request) => {
      seen = request;
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    });
    const outcome = await get(url, {
      method: "POST",
      headers: { soapaction: '"a#b"' },
      body: "é",
      localAddress: "127.0.0.1",
    });
    expect(outcome).toEqual({
      kind: "answer",
      status: 200,
      headers: { "content-length": "2" },
      body: "hi",
      localAddress: "127.0.0.1",
    });
    expect(seen).toMatch(/^POST \/x HTTP\/1\.1\r\n/);
    expect(seen).toContain('soapaction: "a#b"\r\n');
    expect(seen).toContain("content-length: 2\r\n");
    expect(seen.toLowerCase()).toContain("connection: close\r\n");
  });

  test.each<[string, string, Partial<HttpOutcome>]>([
    [
      "chunked",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
      { kind: "answer", body: "hi" },
    ],
    ["without a length", "HTTP/1.0 200 OK\r\n\r\nhi", { kind: "answer", body: "hi" }],
    ["bare line ends", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", { kind: "answer", body: "hi" }],
    [
      "shorter than promised",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
      { kind: "answer", body: "hi" },
    ],
    [
      "a redirect",
      "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
      { kind: "answer", status: 302 },
    ],
    [
      "too long",
      `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(2000)}`,
      { kind: "failed", reason: "too-large" },
    ],
    ["nothing", "", { kind: "failed", reason: "broken" }],
    ["no HTTP", "SSH-2.0-x\r\n", { kind: "failed", reason: "broken" }],
    [
      "endless headers",
      `HTTP/1.1 200 OK\r\nx: ${"x".repeat(20_000)}\r\n\r\n`,
      { kind: "failed", reason: "broken" },
    ],
  ])("%s", async (_name, reply, expected) => {
    const url = await serving((socket) => socket.end(reply));
    expect(await get(url)).toMatchObject(expected);
  });

  test("a server that never ends is left", async () => {
    const url = await serving((socket) => socket.write("HTTP/1.1 200 OK\r\n\r\nx"));
    expect(await get(url, { timeout: 50 })).toMatchObject({ kind: "failed", reason: "timeout" });
  });

  test("nobody there", async () => {
    const url = await serving(() => undefined);
    for (const close of closers.splice(0)) close();
    expect(await get(url)).toEqual({
      kind: "failed",
      reason: "unreachable",
      detail: "ECONNREFUSED",
    });
  });

  test("aborts before and while", async () => {
    const abort = new AbortController();
    const url = await serving(() => abort.abort());
    const request = { method: "GET", url, timeout: 30_000, maxBytes: 10 };
    for (let time = 0; time < 2; time += 1) {
      expect(await nodeLan.http(request, abort.signal)).toMatchObject({ reason: "aborted" });
    }
  });
});

test("open UDP hears whoever answers, from the address it was given", async () => {
  const one = await nodeLan.openUdp({ address: "127.0.0.1" });
  const other = await nodeLan.openUdp({ address: "127.0.0.1" });
  closers.push(
    () => one.close(),
    () => other.close(),
  );
  other.onMessage((datagram, from) => other.sendTo(datagram, from));
  const answer = new Promise((resolve) => {
    one.onMessage((datagram, from) => resolve([[...datagram], from]));
  });
  one.sendTo(Uint8Array.of(1, 2), other.local);
  expect(await answer).toEqual([[1, 2], other.local]);
  one.close();
  one.close();
  one.sendTo(Uint8Array.of(1), other.local);
});

test("multicast is heard by several at one port, until they close", async () => {
  const sender = await nodeLan.openUdp({ address: "127.0.0.1" });
  // The port of a socket that is closed again: free, and nobody's in particular.
  const { port } = sender.local;
  sender.close();
  const group = { group: "239.255.77.77", port };
  const listeners = [await nodeLan.listenMulticast(group), await nodeLan.listenMulticast(group)];
  const heard = listeners.map(
    (listener) =>
      new Promise((resolve) => {
        closers.push(() => listener.close());
        listener.onMessage((datagram, from) => resolve([[...datagram], from.address]));
      }),
  );
  const other = await nodeLan.openUdp({ address: "127.0.0.1" });
  closers.push(() => other.close());
  other.sendTo(Uint8Array.of(7), { address: group.group, port });
  expect(await Promise.all(heard)).toEqual([
    [[7], "127.0.0.1"],
    [[7], "127.0.0.1"],
  ]);
});

test("an address that is not ours is refused", async () => {
  await expect(nodeLan.openUdp({ address: "192.0.2.1" })).rejects.toMatchObject({
    code: "EADDRNOTAVAIL",
  });
});

test("loopback is among the local addresses, with its prefix", () => {
  expect(nodeLan.localAddresses()).toContainEqual({
    interface: expect.any(String),
    family: 4,
    address: "127.0.0.1",
    prefixLength: 8,
  });
});
