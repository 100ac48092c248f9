/** What detection costs on this machine: scans, polling at rest, listen() to shown, and `ss` beside it. Linux only. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import net from "node:net";
import { promisify } from "node:util";
import { Detector } from "../../main/engine/detect/detector.ts";
import { LinuxListenerSource } from "../../main/engine/detect/linux/linux-source.ts";
import { systemClock } from "../../main/engine/system-environment.ts";
import { startLoad } from "./detect-load.ts";

export interface DetectFigures {
  readonly processes: number;
  /** Milliseconds, medians: a first scan, one that finds a new listener, one at rest, `ss -tunlp` with its start. */
  readonly first: number;
  readonly changed: number;
  readonly rest: number;
  readonly ss: number;
  /** Per cent of one core while nothing changes. */
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
  detector.start();
  // The first scan is no rest.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const start = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(start);
  detector.stop();
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
      first: median(await times(9, () => createSource().source.scan())),
      changed: await measureChange(),
      rest: median(await times(200, () => rested.scan())),
      ss: median(await times(9, () => run("ss", ["-tunlp"], { maxBuffer: 2 ** 26 }))),
      cpu: await measureRest(20),
      shown: median(shown),
      shownWorst: Math.max(...shown),
    };
  } finally {
    await load.stop();
  }
}
