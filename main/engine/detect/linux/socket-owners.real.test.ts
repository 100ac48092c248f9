/** Against this machine's own /proc: how much is walked to find an owner. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ProcessStats } from "./process-stats.ts";
import { SocketOwners } from "./socket-owners.ts";
import { TimeSlices } from "./time-slices.ts";

const countsFiles = process.platform === "linux" && statSync("/proc/self/fd").size > 0;

/** Says that it runs, opens a listener at a word on stdin, and prints the listener's link. */
const program = `
const server = require("node:net").createServer();
process.stdin.once("data", () => server.listen(0, "127.0.0.1", () =>
  console.log(require("node:fs").readlinkSync("/proc/self/fd/" + server._handle.fd))));
process.stdin.on("end", () => process.exit());
console.log("runs");
`;

describe.runIf(countsFiles)("where the kernel counts open files (Linux 6.2)", () => {
  test("an owner that opened a file is found before those that are more likely", async () => {
    const owners = new SocketOwners("/proc");
    const stats = new ProcessStats("/proc");
    const slices = new TimeSlices(() => 0);
    const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      await once(child.stdout, "data");
      // Nobody holds it, so every process is walked once.
      await owners.find(new Set(["1"]), [], stats, slices);
      child.stdin.write("listen");
      const [link] = (await once(child.stdout, "data")) as [Buffer];
      const inode = /\d+/.exec(link.toString())?.[0] ?? "";
      const likely = { [Symbol.iterator]: () => expect.unreachable("asked for the likely ones") };
      const found = await owners.find(new Set([inode]), likely, stats, slices);
      expect(found.get(inode)?.pid).toBe(child.pid);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
