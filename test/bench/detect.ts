/**
 * What detection costs on this machine: scans, polling at rest, listen() to shown, and beside it `ss` and
 * systeminformation, which tell the same. Linux only.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { promisify } from "node:util";
import { networkConnections } from "systeminformation";
import { LinuxListenerSource } from "../../main/engine/detect/linux/linux-source.ts";
import { type RestFigures, measureShown, nobody } from "./detect-live.ts";
import { type ChurnFigures, measureChurn } from "./detect-churn.ts";
import { startLoad } from "./detect-load.ts";
import { Listener } from "./listener.ts";

/** One figure for each round. Milliseconds, where nothing else is said. */
export interface DetectFigures {
  readonly processes: number;
  readonly sockets: number;
  /** Scans of a new source, which has to find every owner; the code is compiled by then. */
  readonly first: readonly number[];
  /** The longest that the event loop waited in each of them. */
  readonly blocked: readonly number[];
  /** Just to read each link in /proc/<pid>/fd: no first scan can cost less. */
  readonly links: readonly number[];
  /** Scans of a source that knows all but one new listener, in another process. */
  readonly changed: readonly number[];
  readonly rest: readonly number[];
  readonly ss: readonly number[];
  readonly systeminformation: readonly number[];
  /** From listen() to the change that shows it. */
  readonly shown: readonly number[];
  /** While nothing changes, of the detector alone and with recognition. */
  readonly resting: RestFigures;
  readonly restingRecognition: RestFigures;
  readonly churn: ChurnFigures;
}

const rounds = 15;
const run = promisify(execFile);

async function times(count: number, task: () => unknown): Promise<number[]> {
  const taken: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const start = performance.now();
    await task();
    taken.push(performance.now() - start);
  }
  return taken;
}

/** A clock that can be set forward, so that pacing does not put off what is to be measured. */
function createSource(): { source: LinuxListenerSource; skip: () => void } {
  let ahead = 0;
  const now = (): number => performance.now() + ahead;
  const source = new LinuxListenerSource({ ownPid: nobody, now });
  return { source, skip: () => (ahead += 3000) };
}

/** Longest wait between two turns of the event loop while `task` runs. */
async function longestBlock(task: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let since = performance.now();
  function turn(): void {
    const now = performance.now();
    longest = Math.max(longest, now - since);
    since = now;
    timer = setImmediate(turn);
  }
  let timer = setImmediate(turn);
  await task();
  clearImmediate(timer);
  return Math.max(longest, performance.now() - since);
}

async function measureFirst(): Promise<Pick<DetectFigures, "first" | "blocked">> {
  const first: number[] = [];
  const blocked: number[] = [];
  for (let at = 0; at < rounds; at += 1) {
    first.push(...(await times(1, () => createSource().source.scan())));
    blocked.push(await longestBlock(() => createSource().source.scan()));
  }
  return { first, blocked };
}

async function measureChanged(): Promise<number[]> {
  const { source, skip } = createSource();
  const listener = await Listener.start();
  // The whole tables are read at the second scan.
  for (let scan = 0; scan < 3; scan += 1) await source.scan();
  const taken: number[] = [];
  for (let at = 0; at < rounds; at += 1) {
    const port = await listener.listen();
    skip();
    const start = performance.now();
    const servers = await source.scan();
    taken.push(performance.now() - start);
    if (!servers.some((server) => server.port === port && server.process?.pid === listener.pid))
      throw new Error("the new listener was not found");
    await listener.close();
    skip();
    await source.scan();
  }
  await listener.stop();
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

async function rest(script: string, ...words: string[]): Promise<RestFigures> {
  const { stdout } = await run(process.execPath, [script, ...words]);
  return JSON.parse(stdout) as RestFigures;
}

/** Of all four tables. */
function countSockets(): number {
  const tables = ["tcp", "tcp6", "udp", "udp6"].map((name) => `/proc/net/${name}`);
  return tables
    .filter((path) => existsSync(path))
    .reduce((sum, path) => sum + readFileSync(path, "latin1").split("\n").length - 2, 0);
}

/**
 * Measures with so many more processes; a server has 10 sockets. Takes about three minutes. `restScript` is
 * detect-rest.ts as plain JavaScript.
 */
export async function benchDetection(
  servers: number,
  others: number,
  restScript: string,
): Promise<DetectFigures> {
  const load = await startLoad(servers, others);
  try {
    const rested = createSource().source;
    for (let scan = 0; scan < 20; scan += 1) await rested.scan();
    const shown = await measureShown(rounds);
    return {
      processes: readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length,
      sockets: countSockets(),
      ...(await measureFirst()),
      links: await times(rounds, readLinks),
      changed: await measureChanged(),
      rest: await times(200, () => rested.scan()),
      ss: await times(rounds, () => run("ss", ["-tunlp"], { maxBuffer: 2 ** 26 })),
      systeminformation: await times(rounds, () => networkConnections()),
      shown,
      resting: await rest(restScript),
      restingRecognition: await rest(restScript, "recognition"),
      churn: await measureChurn(20),
    };
  } finally {
    await load.stop();
  }
}
