/** Against this machine's own /proc, with real sockets of a real process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import type { Server } from "../../../../shared/snapshot.ts";
import { systemClock } from "../../system/system-environment.ts";
import { Detector } from "../detector.ts";
import { SettledServers } from "../settled-servers.ts";
import { LinuxListenerSource } from "./linux-source.ts";

/** Opens TCP and UDP on both loopbacks (where there is IPv6), prints the ports as JSON, obeys `close` on stdin. */
const program = `
const net = require("node:net"), dgram = require("node:dgram");
const hasV6 = Object.values(require("node:os").networkInterfaces()).flat().some((i) => i.address === "::1");
const families = hasV6 ? [["127.0.0.1", "4"], ["::1", "6"]] : [["127.0.0.1", "4"]];
Promise.all(families.flatMap(([host, family]) => [
  new Promise((done) => { const s = net.createServer().listen(0, host, () => done({ transport: "tcp", host, port: s.address().port })); }),
  new Promise((done) => { const s = dgram.createSocket("udp" + family).bind(0, host, () => done({ transport: "udp", host, port: s.address().port })); }),
])).then((opened) => console.log(JSON.stringify(opened)));
process.stdin.on("end", () => process.exit()).resume();
`;

/** Prints a steady port, then opens and closes sockets without end; a number on stdin is answered after as many. */
const churn = `
const net = require("node:net");
let count = 0;
const due = [];
function cycle() {
  const server = net.createServer().listen(0, "127.0.0.1", () => server.close(() => {
    count += 1;
    if (count >= due[0]) { due.shift(); console.log("done"); }
    setImmediate(cycle);
  }));
}
const steady = net.createServer().listen(0, "127.0.0.1", () => {
  console.log(steady.address().port);
  for (let at = 0; at < 4; at += 1) cycle();
});
process.stdin.on("data", (text) => due.push(count + Number(text))).on("end", () => process.exit());
`;

interface Opened {
  readonly transport: "tcp" | "udp";
  readonly host: string;
  readonly port: number;
}

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

async function startServers(): Promise<{ child: ChildProcess; pid: number; opened: Opened[] }> {
  const child = spawn(process.execPath, ["-e", program, "a marker"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, pid: child.pid ?? 0, opened: JSON.parse(line.toString("utf8")) as Opened[] };
}

describe.runIf(process.platform === "linux")("real sockets", () => {
  test("are found with their bind address, owner and command line", async () => {
    // Its own tree is left out, and this test's children are in it: it plays a process without any.
    const source = new LinuxListenerSource({ ownPid: 2 ** 31 });
    const { pid, opened } = await startServers();
    const servers = (await source.scan()).filter((server) => server.process?.pid === pid);
    const found = servers.map(({ transport, addresses, port }) => ({
      transport,
      host: addresses.join(),
      port,
    }));
    expect(found.toSorted((a, b) => a.port - b.port)).toEqual(
      opened.toSorted((a, b) => a.port - b.port),
    );
    for (const server of servers) {
      expect(server.scope).toBe("loopback");
      expect(server.process?.name).toBe("node");
      expect(server.process?.commandLine).toContain("a marker");
      expect(server.process?.workingDirectory).toBe(process.cwd());
    }
  });

  test("of our own process tree are left out", async () => {
    const { pid } = await startServers();
    const servers = await new LinuxListenerSource().scan();
    expect(servers.filter((server) => server.process?.pid === pid)).toEqual([]);
  });

  // That these are within a second is told by the simulated clock (detector.test.ts), and measured by the benchmark.
  test("appear at the second look after listen(), and go when the program ends", async () => {
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
    const real = new LinuxListenerSource({ ownPid: 2 ** 31 });
    let looks = 0;
    const source = {
      scan: () => {
        looks += 1;
        return real.scan();
      },
    };
    const detector = new Detector({ source, clock: systemClock, log });
    const waits = new Set<() => void>();
    detector.onChange(() => {
      for (const check of waits) check();
    });
    function until(condition: (servers: readonly Server[]) => boolean): Promise<void> {
      return new Promise((resolve) => {
        function check(): void {
          if (condition(detector.servers)) resolve();
        }
        waits.add(check);
        check();
      });
    }
    detector.start();
    try {
      await until(() => looks > 0);
      const { child, pid, opened } = await startServers();
      const before = looks;
      await until(
        (servers) => servers.filter((s) => s.process?.pid === pid).length === opened.length,
      );
      // One look may have been under way.
      expect(looks - before).toBeLessThanOrEqual(3);
      child.stdin?.end();
      await until((servers) => !servers.some((s) => s.process?.pid === pid));
    } finally {
      detector.stop();
    }
  });

  test("that open and close 1,000 times a second do not make the list flap", async () => {
    const before = new Set(
      (await new LinuxListenerSource({ ownPid: 2 ** 31 }).scan()).map(({ port }) => port),
    );
    const child = spawn(process.execPath, ["-e", churn], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value: steady } = await lines.next();
    let now = 0;
    const source = new LinuxListenerSource({ ownPid: 2 ** 31, now: () => now });
    const settled = new SettledServers();
    const shown = new Set<string>();
    let caught = 0;
    // On a busy PC the program may stand between two sockets at each look: on until one was caught.
    for (let look = 0; look < 60 || (caught === 0 && look < 600); look += 1) {
      // The program sets the pace: 150 sockets came and went since the look before.
      child.stdin.write("150\n");
      await lines.next();
      now += 150;
      // Most are gone before their owner can be found.
      const seen = (await source.scan()).filter(
        ({ process, port }) =>
          process?.pid === child.pid || (process === null && !before.has(port)),
      );
      caught += seen.length - 1;
      settled.update(look === 0 ? seen.filter(({ port }) => port === Number(steady)) : seen, now);
      shown.add(settled.servers.map(({ port }) => port).join());
    }
    expect(caught).toBeGreaterThan(0);
    expect([...shown]).toEqual([steady]);
  });
});
