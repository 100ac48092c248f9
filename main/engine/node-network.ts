/** The `Network` of this PC: node:dgram sockets and the system's routes. */
import { createSocket } from "node:dgram";
import { readFile } from "node:fs/promises";
import type { DefaultGateway, Network, UdpAddress, UdpSocket } from "./environment.ts";
import { parseRoute4 } from "./gateway/route/linux.ts";

export const nodeNetwork: Network = { connectUdp, defaultGateways };

async function connectUdp(peer: UdpAddress): Promise<UdpSocket> {
  const socket = createSocket(peer.address.includes(":") ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(peer.port, peer.address, () => {
        socket.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    socket.close();
    throw error;
  }
  const errorListeners: ((error: NodeJS.ErrnoException) => void)[] = [];
  const fail = (error: NodeJS.ErrnoException): void => {
    for (const listener of errorListeners) listener(error);
  };
  socket.on("error", fail);
  let closed = false;
  const { address, port } = socket.address();
  return {
    local: { address, port },
    send(datagram) {
      if (closed) return;
      socket.send(datagram, (error) => {
        if (error) fail(error);
      });
    },
    onMessage(listener) {
      socket.on("message", (message, from) =>
        listener(message, { address: from.address, port: from.port }),
      );
    },
    onError(listener) {
      errorListeners.push(listener);
    },
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}

async function defaultGateways(): Promise<readonly DefaultGateway[]> {
  // Windows and macOS adapters come with change detection; until then the address is given by hand there.
  if (process.platform !== "linux") return [];
  return parseRoute4(await readFile("/proc/net/route", "utf8"));
}
