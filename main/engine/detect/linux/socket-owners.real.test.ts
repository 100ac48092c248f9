/** Against this machine's own /proc: how much is walked to find an owner. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ProcessStats } from "./process-stats.ts";
import { SocketOwners } from "./socket-owners.ts";
import { TimeSlices } from "./time-slices.ts";

const countsFiles = process.platform === "linux" && statSync("/proc/self/fd").size > 0;

/**
 * At the word `more` it opens a listener, at `other` one in place of the last; prints the link of each. At the first
 * one everything else that Node opens is open.
 */
const program = `
const { readlinkSync } = require("node:fs");
let server;
const open = () => {
  server = require("node:net").createServer().listen(0, "127.0.0.1", () =>
    console.log(readlinkSync("/proc/self/fd/" + server._handle.fd)));
};
process.stdin.on("data", (word) => (String(word) === "other" ? server.close(open) : open()));
process.stdin.on("end", () => process.exit());
`;

describe.runIf(countsFiles)("where the kernel counts open files (Linux 6.2)", () => {
  test("an owner that opened a file is found before those that are more likely", async () => {
    const owners = new SocketOwners("/proc");
    const stats = new ProcessStats("/proc");
    const slices = new TimeSlices(() => 0);
    const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
    const likely = { [Symbol.iterator]: () => expect.unreachable("asked for the likely ones") };
    async function listen(word: "more" | "other"): Promise<string> {
      child.stdin.write(word);
      const [link] = (await once(child.stdout, "data")) as [Buffer];
      return /\d+/.exec(link.toString())?.[0] ?? "";
    }
    try {
      await listen("more");
      // Nobody holds it, so every process is walked once.
      await owners.find(new Set(["1"]), [], stats, slices);
      const first = await listen("more");
      const holder = (await owners.find(new Set([first]), likely, stats, slices)).get(first);
      expect(holder?.pid).toBe(child.pid);
      const second = await listen("other");
      expect(owners.holds(holder ?? { pid: 0, fd: "0" }, first)).toBe(false);
      const found = await owners.find(new Set([second]), likely, stats, slices);
      expect(found.get(second)?.pid).toBe(child.pid);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
