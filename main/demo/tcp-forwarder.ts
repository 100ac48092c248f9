/** Forwards TCP connections from an external port to the server behind it, as a NAT would. */
import { connect, createServer, type Socket } from "node:net";
import type { UdpAddress } from "../engine/environment.ts";
import type { OpenPort, PortWish } from "./port-wish.ts";

/** Connections through one port at a time. */
const MOST_CONNECTIONS = 256;

/** Null when the port cannot be had. Port 0 takes a free one. */
export function forwardTcp(
  external: UdpAddress,
  internal: UdpAddress,
  admits: PortWish["admits"],
): Promise<OpenPort | null> {
  const visitors = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (visitor) => {
    const { remoteAddress, remotePort } = visitor;
    const known = remoteAddress !== undefined && remotePort !== undefined;
    if (!known || !admits({ address: remoteAddress, port: remotePort })) {
      visitor.resetAndDestroy();
      return;
    }
    visitors.add(visitor);
    visitor.once("close", () => visitors.delete(visitor));
    join(visitor, connect({ ...target(internal), allowHalfOpen: true }));
  });
  server.maxConnections = MOST_CONNECTIONS;
  return new Promise((resolve) => {
    server.once("error", () => resolve(null));
    server.listen(external.port, external.address, () => {
      const bound = server.address();
      resolve({
        externalPort: typeof bound === "object" && bound !== null ? bound.port : external.port,
        close: () => {
          server.close();
          for (const visitor of visitors) visitor.destroy();
        },
      });
    });
  });
}

/** Both directions with backpressure and half-close (`pipe` does both); when one side fails, both end. */
function join(visitor: Socket, server: Socket): void {
  visitor.pipe(server);
  server.pipe(visitor);
  for (const [one, other] of [
    [visitor, server],
    [server, visitor],
  ] as const) {
    one.once("error", () => other.destroy());
    one.once("close", (hadError) => {
      if (hadError || !other.writableEnded) other.destroy();
    });
  }
}

function target({ address, port }: UdpAddress): { host: string; port: number } {
  return { host: address, port };
}
