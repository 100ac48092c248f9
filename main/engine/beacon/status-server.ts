/** Says that Homeport runs here, to devices of the same network: one small answer, to be read only. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { LocalAddress } from "../environment.ts";
import { isOnLink } from "../addresses.ts";

export interface StatusServer {
  readonly port: number;
  close(): void;
}

export interface StatusServerOptions {
  /** Our address on the one network that it is for. */
  readonly address: string;
  readonly version: string;
  readonly localAddresses: () => readonly LocalAddress[];
}

const mostConnections = 16;
/** Milliseconds for a whole request. */
const patience = 3000;

/** Takes a free port; rejects with the system's error. */
export async function serveStatus({
  address,
  version,
  localAddresses,
}: StatusServerOptions): Promise<StatusServer> {
  const body = `${JSON.stringify({ name: "Homeport", version })}\n`;
  const server = createServer(
    { headersTimeout: patience, requestTimeout: patience, maxHeaderSize: 4096 },
    ({ method, url }, response) => {
      const status = method !== "GET" && method !== "HEAD" ? 405 : url === "/" ? 200 : 404;
      response.writeHead(status, {
        "content-type": "application/json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        connection: "close",
      });
      response.end(status === 200 ? body : "{}\n");
    },
  );
  server.maxConnections = mostConnections;
  server.on("connection", (socket) => {
    // Whoever came through a router has no business here.
    if (!isOnLink(socket.remoteAddress ?? "", localAddresses())) socket.destroy();
    socket.setTimeout(patience, () => socket.destroy());
  });
  server.listen(0, address);
  await once(server, "listening");
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
