/** Against this machine's own /proc: how much is walked to find an owner. */
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import { describe, expect, test } from "vitest";
import { Parents } from "./process.ts";
import { SocketOwners } from "./socket-owners.ts";

const countsFiles = process.platform === "linux" && fs.statSync("/proc/self/fd").size > 0;

function inodeOf(server: net.Server): string {
  const { _handle: handle } = server as { _handle?: { fd?: number } };
  const link = fs.readlinkSync(`/proc/self/fd/${handle?.fd}`);
  return link.slice("socket:[".length, -1);
}

async function listen(): Promise<net.Server> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe.runIf(countsFiles)("where the kernel counts open files (Linux 6.2)", () => {
  test("an owner that opened a file is found before those that are more likely", async () => {
    const owners = new SocketOwners("/proc");
    const parents = new Parents("/proc");
    // Nobody holds it, so every process is walked once.
    owners.find(new Set(["1"]), [], parents);
    // Two, since our own list of files counted the directory that was open to read it.
    const server = await listen();
    const other = await listen();
    try {
      const inode = inodeOf(server);
      const likely = { [Symbol.iterator]: () => expect.unreachable("asked for the likely ones") };
      const found = owners.find(new Set([inode]), likely, parents);
      expect(found.get(inode)?.pid).toBe(process.pid);
    } finally {
      server.close();
      other.close();
    }
  });
});
