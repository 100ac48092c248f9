/** A small HTTP server for one peer and one path: how UPnP devices deliver events. Everything of it is bounded. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BlockList } from "node:net";
import type { HearHttpOptions, HeardRequest, HttpListener } from "../environment.ts";

const MAX_CONNECTIONS = 4;
const MAX_HEADERS = 8192;
/** Milliseconds for a whole request, and between looks at who takes longer. */
const PATIENCE = 5000;
const LOOK_EVERY = 1000;

export async function hearHttp(
  options: HearHttpOptions,
  answer: (request: HeardRequest) => number,
): Promise<HttpListener> {
  const { address, method, path, maxBytes } = options;
  const peer = new BlockList();
  peer.addAddress(options.peer, options.peer.includes(":") ? "ipv6" : "ipv4");
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADERS,
      requestTimeout: PATIENCE,
      headersTimeout: PATIENCE,
      connectionsCheckingInterval: LOOK_EVERY,
      keepAlive: false,
    },
    (request, response) => {
      if (request.method !== method || request.url !== path) return end(response, 404);
      read(request, maxBytes, (body) => {
        end(response, body === null ? 413 : answer({ headers: headersOf(request), body }));
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = 1;
  server.on("connection", (socket) => {
    const from = socket.remoteAddress ?? "";
    if (!peer.check(from, from.includes(":") ? "ipv6" : "ipv4")) socket.destroy();
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port: 0 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // It keeps nothing alive, and what goes wrong with one connection concerns that one alone.
  server.unref();
  server.on("error", () => undefined);
  const { port } = server.address() as AddressInfo;
  const host = address.includes(":") ? `[${address}]` : address;
  return {
    url: `http://${host}:${port}${path}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** By their names in small letters; of several of one name the first. */
export function headersOf({ headers }: Pick<IncomingMessage, "headers">): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      return first === undefined ? [] : [[name, first]];
    }),
  );
}

function read(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: string | null) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= maxBytes) return void chunks.push(chunk);
    request.removeAllListeners("end");
    done(null);
    request.destroy();
  });
  request.on("end", () => done(Buffer.concat(chunks).toString("utf8")));
  request.on("error", () => undefined);
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: "close", "content-length": "0" });
  response.end();
}
