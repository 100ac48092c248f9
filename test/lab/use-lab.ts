/** A lab for the tests of one file, and a fresh home PC for each of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { CommandedEngine } from "./commanded-engine.ts";
import { Headless } from "./headless.ts";
import { Lab, type LabOptions } from "./lab.mjs";
import { type PacketRecord, recordPackets, recorder } from "./packet-record.ts";
import { labUnavailable, requirePackages } from "./requirements.mjs";

const reason = labUnavailable();
if (reason !== null) console.warn(`lab tests are skipped: this machine ${reason}`);

/** For `describe.skipIf`. */
export const noLab = reason !== null;
/** For the end of a title: nothing, or why it is skipped. */
export const whyNoLab = reason === null ? "" : ` (skipped: ${reason})`;

/**
 * Call it in a `describe`. Where a package is missing, every test fails with its name. All that the PC sends by PCP and
 * NAT-PMP is decoded at the end; a packet that tshark complains of fails the file.
 * @param options of the lab
 * @param packages further commands that the tests need, with their Debian packages
 */
export function useLab(options: LabOptions = {}, packages: Record<string, string> = {}): HomePc {
  const home = new HomePc();
  let trouble: unknown = null;
  beforeAll(async () => {
    try {
      requirePackages(packages);
      await home.make(options);
    } catch (error) {
      // A failed hook would count the tests as skipped.
      trouble = error;
    }
  });
  beforeEach(() => {
    if (trouble !== null) throw trouble;
    home.open();
  });
  afterEach(async () => {
    if (trouble === null) await home.close();
  });
  afterAll(() => home.leave());
  return home;
}

/**
 * Runs a test in a lab of its own. Tests that take long can so run at the same time (`describe.concurrent`).
 * @param options of the lab
 */
export async function inOwnLab(
  options: LabOptions,
  run: (home: HomePc) => Promise<void>,
): Promise<void> {
  const home = new HomePc();
  await home.make(options);
  try {
    home.open();
    await run(home);
  } finally {
    await home.end();
    await home.leave();
  }
}

interface RunOptions {
  readonly cwd?: string;
  readonly place?: Parameters<Lab["spawn"]>[0];
}

export class HomePc {
  #made: Lab | null = null;
  #record: PacketRecord | null = null;
  /** Data folder of every start in this test. */
  dataDirectory = "";
  #stops: (() => Promise<unknown>)[] = [];

  get lab(): Lab {
    if (this.#made === null) throw new Error("there is no lab outside of a test");
    return this.#made;
  }

  async make(options: LabOptions): Promise<void> {
    requirePackages(recorder);
    this.#made = await Lab.create(options);
    this.#record = await recordPackets(this.#made);
  }

  /** Removes the lab. Rejects where the PC sent what tshark cannot make sense of. */
  async leave(): Promise<void> {
    const judged = this.#record?.judge();
    await this.#made?.close();
    const packets = await judged;
    if (packets) console.log(`tshark decoded ${packets} PCP and NAT-PMP packets of this lab`);
  }

  /** Starts the engine on the PC; it is killed at the end of the test at the latest. */
  start(...words: string[]): Headless {
    return this.startBehind([], ...words);
  }

  /** The same, run by a command. */
  startBehind(prefix: readonly string[], ...words: string[]): Headless {
    const all = ["--data-dir", this.dataDirectory, ...words];
    const headless = new Headless(this.lab, all, undefined, prefix);
    this.#stops.push(() => headless.kill());
    return headless;
  }

  /** The same with the window's commands. */
  startWithCommands(): CommandedEngine {
    const engine = new CommandedEngine(this.lab, this.dataDirectory);
    this.#stops.push(() => engine.kill());
    return engine;
  }

  /**
   * Runs a program, on the PC where nothing else is said, until the end of the test or until the answer is called. What
   * it started goes with it.
   */
  run(
    command: string,
    args: readonly string[],
    { cwd, place = "pc" }: RunOptions = {},
  ): () => void {
    const child = this.lab.spawn(place, command, args, { cwd, stdio: "ignore" });
    const ended = new Promise((resolve, reject) => {
      child.once("close", resolve);
      child.once("error", reject);
    });
    const stop = (): void => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      process.kill(-child.pid, "SIGKILL");
    };
    this.atEnd(async () => {
      stop();
      await ended;
    });
    return stop;
  }

  /** `lab.serve`, stopped at the end of the test. */
  async serve(...what: Parameters<Lab["serve"]>) {
    const serving = await this.lab.serve(...what);
    this.#stops.push(serving.stop);
    return serving;
  }

  /** Runs at the end of the test, before the router is reset. */
  atEnd(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }

  open(): void {
    this.dataDirectory = mkdtempSync(join(tmpdir(), "homeport-data-"));
  }

  /** Stops what the test started. */
  async end(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
    rmSync(this.dataDirectory, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.end();
    // The next test finds routers without mappings.
    for (const place of this.lab.routerPlaces) await this.lab.restartGateway({ place });
  }
}
