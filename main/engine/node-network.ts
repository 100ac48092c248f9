/** The `Network` of this PC: node:dgram sockets and the system's routes. */
import { createSocket } from "node:dgram";
import { readFile } from "node:fs/promises";
import { runCommand } from "./detect/run-command.ts";
import type { DefaultGateway, Network, UdpAddress, UdpSocket } from "./environment.ts";
import { parseNetstatRoutes } from "./gateway/route/bsd.ts";
import { parseRoute4 } from "./gateway/route/linux.ts";
import { parseRoutePrint } from "./gateway/route/windows.ts";
import { nodeLan } from "./node-lan.ts";

export const nodeNetwork: Network = { connectUdp, defaultGateways };

async function connectUdp(peer: UdpAddress, localAddress?: string): Promise<UdpSocket> {
  const socket = createSocket(peer.address.includes(":") ? "udp6" : "udp4");
  try {
    if (localAddress !== undefined) {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.bind({ port: 0, address: localAddress }, () => {
          socket.off("error", reject);
          resolve();
        });
      });
    }
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

/** Milliseconds between looks at the routes: a file on Linux, a process elsewhere. */
export const ROUTE_POLL = process.platform === "linux" ? 2000 : 15_000;

async function defaultGateways(): Promise<readonly DefaultGateway[]> {
  switch (process.platform) {
    case "linux":
      return parseRoute4(await readFile("/proc/net/route", "utf8"));
    case "darwin":
      return parseNetstatRoutes(
        (await runCommand("/usr/sbin/netstat", ["-rn", "-f", "inet"])).stdout,
      );
    case "win32": {
      const route = `${process.env["SystemRoot"] ?? "C:\\Windows"}\\System32\\ROUTE.EXE`;
      const { stdout } = await runCommand(route, ["print", "-4", "0.0.0.0"]);
      return parseRoutePrint(stdout, nodeLan.localAddresses());
    }
    default:
      throw new Error(`no way to read the routes of ${process.platform}`);
  }
}
