/** Real processes with real sockets, for measuring: `cat` holds what Node opened. Linux only. */
import { type ChildProcess, spawn } from "node:child_process";
import dgram from "node:dgram";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import net from "node:net";

/** The descriptor of a socket; Node has no public way to it. */
function descriptor(socket: object): number {
  const { _handle: handle } = socket as { _handle?: { fd?: number } };
  if (handle?.fd === undefined) throw new Error("the socket has no descriptor");
  return handle.fd;
}

async function listen(): Promise<net.Server> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

export interface Load {
  stop(): Promise<void>;
}

/**
 * Starts processes, which end with this one; each has ten open files. A server holds 3 TCP listeners, a UDP socket and
 * 3 connections; with the other ends of the connections here that makes 10 sockets a server.
 */
export async function startLoad(servers: number, others = 0): Promise<Load> {
  const children: ChildProcess[] = [];
  const ends: net.Socket[] = [];
  const hub = net.createServer((socket) => ends.push(socket));
  hub.listen(0, "127.0.0.1");
  await once(hub, "listening");
  const { port } = hub.address() as net.AddressInfo;
  for (let at = 0; at < servers; at += 1) children.push(await startServer(port));
  for (let at = 0; at < others; at += 1) children.push(await startOther());
  return {
    async stop() {
      const exits = children.map((child) => once(child, "exit"));
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(exits);
      for (const end of ends) end.destroy();
      hub.close();
    },
  };
}

async function startServer(port: number): Promise<ChildProcess> {
  const servers = await Promise.all([listen(), listen(), listen()]);
  const udp = dgram.createSocket("udp4").bind(0, "127.0.0.1");
  const clients = [0, 1, 2].map(() => net.connect(port, "127.0.0.1"));
  await Promise.all([once(udp, "listening"), ...clients.map((client) => once(client, "connect"))]);
  // A datagram socket keeps its handle one level deeper.
  const state = Object.getOwnPropertySymbols(udp).find((key) => key.description === "state symbol");
  const datagram = (udp as unknown as Record<symbol, { handle: { fd: number } }>)[
    state ?? Symbol.iterator
  ];
  if (!datagram) throw new Error("the datagram socket has no descriptor");
  const [input = "ignore", ...fds] = [...clients, ...servers].map(descriptor);
  // It reads from one of its connections, so it ends when we do, however that happens.
  const child = spawn("cat", { stdio: [input, "ignore", "ignore", ...fds, datagram.handle.fd] });
  await once(child, "spawn");
  for (const server of servers) server.close();
  udp.close();
  for (const client of clients) client.destroy();
  return child;
}

async function startOther(): Promise<ChildProcess> {
  const file = openSync("/dev/null", "r");
  const child = spawn("cat", {
    stdio: ["pipe", "ignore", "ignore", ...Array.from({ length: 7 }, () => file)],
  });
  await once(child, "spawn");
  closeSync(file);
  return child;
}
