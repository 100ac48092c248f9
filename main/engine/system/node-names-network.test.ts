import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { HttpsRequest } from "../ddns/network.ts";
import { nodeNamesNetwork } from "./node-names-network.ts";

const network = nodeNamesNetwork();
const open: (Server | HttpServer)[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(
    open.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
  );
});

async function listen(server: Server | HttpServer): Promise<number> {
  open.push(server);
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("DNS over TCP", () => {
  async function exchange(onData: (socket: Socket, data: Buffer) => void, timeout = 30_000) {
    const port = await listen(
      createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (data: Buffer) => onData(socket, data));
      }),
    );
    return network.exchangeTcp({ address: "127.0.0.1", port }, Uint8Array.of(1, 2, 3), timeout);
  }

  test("frames the message by its length, and reads an answer in pieces", async () => {
    const heard: string[] = [];
    const outcome = await exchange((socket, data) => {
      heard.push(data.toString("hex"));
      socket.write(Buffer.from("00", "hex"));
      setImmediate(() => socket.write(Buffer.from("02aa", "hex")));
      setImmediate(() => socket.write(Buffer.from("bbccdd", "hex")));
    });
    expect(heard).toEqual(["0003010203"]);
    expect(outcome).toEqual({ kind: "answer", bytes: Uint8Array.of(0xaa, 0xbb) });
  });

  test("says what went wrong", async () => {
    expect(await exchange((socket) => socket.end(Buffer.of(0, 9, 1)))).toEqual({
      kind: "failed",
      reason: "broken",
    });
    expect(await exchange(() => undefined, 50)).toEqual({ kind: "failed", reason: "timeout" });
    expect(
      await network.exchangeTcp({ address: "127.0.0.1", port: 1 }, Uint8Array.of(1), 30_000),
    ).toEqual({ kind: "failed", reason: "unreachable" });
  });
});

describe("HTTPS", () => {
  const request = { method: "GET", timeout: 30_000, maxBytes: 1000 } as const;

  test.each([
    ["http://192.0.2.1/", "not https"],
    ["http://localhost/", "not https"],
    ["http://127.0.0.1.example/", "not https"],
    ["ftp://127.0.0.1/", "not https"],
    ["nonsense", "bad address"],
  ])("%s is not called", async (url, detail) => {
    expect(await network.https({ ...request, url })).toEqual({
      kind: "failed",
      reason: "broken",
      detail,
    });
  });

  test("a token that no header can carry is a failure, and is not told", async () => {
    const headers = { authorization: "Bearer s3cr3t\nagain" };
    expect(await network.https({ ...request, url: "https://192.0.2.1/", headers })).toEqual({
      kind: "failed",
      reason: "broken",
      detail: "ERR_INVALID_CHAR",
    });
  });

  test("sends body and headers, and reads status, headers and body", async () => {
    const port = await listen(
      createHttpServer((call, response) => {
        let body = "";
        call.on("data", (chunk) => (body += String(chunk)));
        call.on("end", () => {
          response.writeHead(418, { "X-Mixed": "Case" });
          response.end(`${call.method} ${String(call.headers["x-mine"])} ${body}`);
        });
      }),
    );
    const post: HttpsRequest = {
      ...request,
      method: "POST",
      url: `http://127.0.0.1:${port}/`,
      headers: { "x-mine": "yes" },
      body: "héllo",
    };
    expect(await network.https(post)).toMatchObject({
      kind: "answer",
      status: 418,
      headers: { "x-mixed": "Case" },
      body: "POST yes héllo",
    });
  });

  test("speaks TLS: a server that does not is broken, one that is not there unreachable", async () => {
    const port = await listen(createServer((socket) => socket.end("hello")));
    expect(await network.https({ ...request, url: `https://127.0.0.1:${port}/` })).toMatchObject({
      kind: "failed",
      reason: "broken",
    });
    expect(await network.https({ ...request, url: "https://127.0.0.1:1/" })).toEqual({
      kind: "failed",
      reason: "unreachable",
      detail: "ECONNREFUSED",
    });
  });
});

test("the system's resolvers are addresses with ports", () => {
  for (const { address, port } of network.resolvers()) {
    expect(address).toMatch(/^[\d.]+$|:/);
    expect(port).toBeGreaterThan(0);
  }
});
