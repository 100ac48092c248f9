/** The server that the demo network has to expose: one page, on loopback. */
import { createServer, type Server } from "node:http";
import { samplePage } from "./sample-page.ts";

export interface SampleWebServer {
  readonly port: number;
  close(): void;
}

/** How many ports after the first are tried. */
const TRIES = 100;

/** Listens on 127.0.0.1 at `port` or the next free one; rejects when there is none. */
export async function startSampleWebServer(port = 8080): Promise<SampleWebServer> {
  for (let candidate = port; candidate < port + TRIES; candidate += 1) {
    const server = await listen(candidate);
    if (server !== null) {
      return {
        port: candidate,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      };
    }
  }
  throw new Error(`no free port from ${port} to ${port + TRIES - 1}`);
}

function listen(port: number): Promise<Server | null> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    if (request.url !== "/") {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("Not here.\n");
      return;
    }
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      "cache-control": "no-store",
    });
    const { remoteAddress = "unknown", remotePort } = request.socket;
    const visitor = remotePort === undefined ? remoteAddress : `${remoteAddress}:${remotePort}`;
    response.end(samplePage(visitor, request.headers.host ?? "unknown"));
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(null);
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
