/**
 * What detection costs on this machine: scans, polling at rest, listen() to shown, and beside it `ss` and
 * systeminformation, which tell the same. Linux only.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import net from "node:net";
import { promisify } from "node:util";
import { networkConnections } from "systeminformation";
import { Detector } from "../../main/engine/detect/detector.ts";
import { LinuxListenerSource } from "../../main/engine/detect/linux/linux-source.ts";
import { nodeLan } from "../../main/engine/node-lan.ts";
import { nodeNetwork } from "../../main/engine/node-network.ts";
import { tcpExchange } from "../../main/engine/recognise/ask/tcp-exchange.ts";
import { RecognisedServers } from "../../main/engine/recognise/recognised-servers.ts";
import { readWorkingFiles } from "../../main/engine/recognise/working-files.ts";
import { systemClock, systemRandom } from "../../main/engine/system-environment.ts";
import { catalogue } from "../../shared/services/catalogue.ts";
import { startLoad } from "./detect-load.ts";

export interface DetectFigures {
  readonly processes: number;
  readonly sockets: number;
  /**
   * Milliseconds, medians: a first scan, one that finds a new listener, one at rest; `ss -tunlp` with its start,
   * and networkConnections() of systeminformation.
   */
  readonly first: number;
  /** Milliseconds just to read each link in /proc/<pid>/fd: no first scan can cost less. */
  readonly floor: number;
  readonly changed: number;
  readonly rest: number;
  readonly ss: number;
  readonly systeminformation: number;
  /** Per cent of one core while nothing changes, with recognition. */
  readonly cpu: number;
  /** Milliseconds from listen() to the change that shows it: median and worst. */
  readonly shown: number;
  readonly shownWorst: number;
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
/** No process has it: nothing counts as our own tree. */
const nobody = 2 ** 31;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function times(count: number, task: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const start = performance.now();
    await task();
    taken.push(performance.now() - start);
  }
  return taken;
}

async function listen(): Promise<net.Server> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** A clock that can be set forward, so that pacing does not put off what is to be measured. */
function createSource(): { source: LinuxListenerSource; skip: () => void } {
  let ahead = 0;
  const now = (): number => performance.now() + ahead;
  const source = new LinuxListenerSource({ ownPid: nobody, now });
  return { source, skip: () => (ahead += 3000) };
}

async function measureChange(): Promise<number> {
  const { source, skip } = createSource();
  await source.scan();
  const taken: number[] = [];
  for (let at = 0; at < 15; at += 1) {
    const server = await listen();
    skip();
    taken.push(...(await times(1, () => source.scan())));
    server.close();
    await once(server, "close");
    await source.scan();
  }
  return median(taken);
}

async function measureRest(seconds: number): Promise<number> {
  const source = new LinuxListenerSource({ ownPid: nobody });
  const detector = new Detector({ source, clock: systemClock, log: silent });
  const recogniser = new RecognisedServers({
    catalogue,
    tools: {
      clock: systemClock,
      random: systemRandom,
      network: nodeNetwork,
      exchangeTcp: tcpExchange(systemClock),
    },
    log: silent,
    readFiles: readWorkingFiles,
    onChange: () => undefined,
    localAddresses: () => nodeLan.localAddresses(),
  });
  detector.onChange((servers) => recogniser.update(servers));
  detector.start();
  // The first scan is no rest, nor is the compiler's work after the loading of this benchmark.
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const start = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(start);
  detector.stop();
  recogniser.stop();
  return ((user + system) / (seconds * 1e6)) * 100;
}

async function measureShown(count: number): Promise<number[]> {
  const source = new LinuxListenerSource({ ownPid: nobody });
  const detector = new Detector({ source, clock: systemClock, log: silent });
  let check = (): void => undefined;
  detector.onChange(() => check());
  detector.start();
  const taken: number[] = [];
  for (let at = 0; at < count; at += 1) {
    // Another moment between two polls each time.
    await new Promise((resolve) => setTimeout(resolve, 1000 + at * 37));
    const server = await listen();
    const { port } = server.address() as net.AddressInfo;
    const start = performance.now();
    await new Promise<void>((resolve) => {
      check = () => {
        if (detector.servers.some((shown) => shown.port === port)) resolve();
      };
    });
    taken.push(performance.now() - start);
    server.close();
  }
  detector.stop();
  return taken;
}

function readLinks(): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      // It ended meanwhile.
    }
  }
}

/** Of all four tables. */
function countSockets(): number {
  const tables = ["tcp", "tcp6", "udp", "udp6"].map((name) => `/proc/net/${name}`);
  return tables
    .filter((path) => existsSync(path))
    .reduce((sum, path) => sum + readFileSync(path, "latin1").split("\n").length - 2, 0);
}

/** Measures with `extra` more processes of 10 sockets each; takes about a minute. */
export async function benchDetection(extra: number): Promise<DetectFigures> {
  const load = await startLoad(extra);
  try {
    const run = promisify(execFile);
    const rested = createSource().source;
    await rested.scan();
    const shown = await measureShown(15);
    return {
      processes: readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length,
      sockets: countSockets(),
      first: median(await times(9, () => createSource().source.scan())),
      floor: median(await times(9, async () => readLinks())),
      changed: await measureChange(),
      rest: median(await times(200, () => rested.scan())),
      ss: median(await times(9, () => run("ss", ["-tunlp"], { maxBuffer: 2 ** 26 }))),
      systeminformation: median(await times(9, () => networkConnections())),
      cpu: await measureRest(20),
      shown: median(shown),
      shownWorst: Math.max(...shown),
    };
  } finally {
    await load.stop();
  }
}
