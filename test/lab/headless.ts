/** The engine without a screen, run on the lab's PC as a script would run it. */
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Exposure, RecognisedServer, Snapshot } from "../../shared/snapshot.ts";
import type { Lab } from "./lab.mjs";
import { until } from "./until.mjs";

const bundle = fileURLToPath(new URL("../../out/main/headless.js", import.meta.url));

export interface Arrival {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly snapshot: Snapshot;
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Headless {
  protected readonly child: ChildProcess;
  /** What came on standard output, in order. */
  readonly arrivals: Arrival[] = [];
  /** Lines of standard output that are no JSON. */
  readonly garbage: string[] = [];
  stderr = "";
  /** Resolves once it ended and all its output was read. */
  readonly ended: Promise<Ended>;

  /** `prefix`: a command that runs what follows it, e.g. `["nice"]`. */
  constructor(lab: Lab, words: readonly string[], script = bundle, prefix: readonly string[] = []) {
    if (!existsSync(script)) {
      throw new Error("out/main/headless.js is absent; `npm run build` makes it");
    }
    const [command = "", ...rest] = [...prefix, process.execPath, script, ...words];
    this.child = lab.spawn("pc", command, rest, {
      stdio: [script === bundle ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const { stdout, stderr } = this.child;
    createInterface({ input: stdout as Readable }).on("line", (line) => this.#read(line));
    stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.once("close", (code, signal) => resolve({ code, signal }));
      this.child.once("error", reject);
    });
  }

  get snapshots(): readonly Snapshot[] {
    return this.arrivals.map(({ snapshot }) => snapshot);
  }

  get latest(): Snapshot | null {
    return this.arrivals.at(-1)?.snapshot ?? null;
  }

  /** The first arrival, past or to come, of which `test` holds; patience in milliseconds. */
  async first(what: string, test: (snapshot: Snapshot) => boolean, patience?: number) {
    const find = (): Arrival | null => this.arrivals.find(({ snapshot }) => test(snapshot)) ?? null;
    return this.#until(what, find, patience);
  }

  /** Waits until the latest snapshot passes `test`, and returns it; patience in milliseconds. */
  async now(what: string, test: (snapshot: Snapshot) => boolean, patience?: number) {
    const look = (): Snapshot | null => {
      const { latest } = this;
      return latest !== null && test(latest) ? latest : null;
    };
    return this.#until(what, look, patience);
  }

  /** Waits until the exposure is mapped, and returns it with its endpoint. */
  async mapped(transport: "tcp" | "udp", internalPort: number, patience?: number) {
    const snapshot = await this.now(
      `${transport}/${internalPort} is mapped`,
      (latest) => exposureIn(latest, transport, internalPort)?.state === "mapped",
      patience,
    );
    const exposure = exposureIn(snapshot, transport, internalPort);
    if (!exposure?.endpoint) throw new Error("mapped, but without an endpoint");
    return { ...exposure, endpoint: exposure.endpoint };
  }

  /** Waits until the latest snapshot has a server on `socket`, such as `tcp/80`, of which `test` holds, and returns it. */
  async found(
    socket: string,
    test: (server: RecognisedServer) => boolean = () => true,
  ): Promise<RecognisedServer> {
    const find = ({ servers }: Snapshot): RecognisedServer | undefined =>
      servers.find((one) => `${one.transport}/${one.port}` === socket && test(one));
    const isThere = (latest: Snapshot): boolean => find(latest) !== undefined;
    return find(await this.now(`${socket} is recognised`, isThere)) as RecognisedServer;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }

  async #until<T>(what: string, ask: () => T | null, patience?: number): Promise<T> {
    try {
      return await until(what, ask, patience);
    } catch (error) {
      throw new Error(
        `${String(error)}\nlast snapshot: ${JSON.stringify(this.latest)}\nstderr: ${this.stderr}`,
        { cause: error },
      );
    }
  }

  #read(line: string): void {
    try {
      this.arrivals.push({ at: Date.now(), snapshot: JSON.parse(line) as Snapshot });
    } catch {
      this.garbage.push(line);
    }
  }
}

function exposureIn(
  snapshot: Snapshot,
  transport: "tcp" | "udp",
  internalPort: number,
): Exposure | undefined {
  return snapshot.exposures.find(
    (exposure) => exposure.transport === transport && exposure.internalPort === internalPort,
  );
}
