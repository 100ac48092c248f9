/** Runs targets in threads, as many at a time as the machine has cores, and watches them. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "vite";
import { readCorpus } from "./corpus.ts";
import type { Failure, FuzzReport } from "./fuzzer.ts";
import { instrumentPlugin } from "./instrument.ts";
import type { Target } from "./target.ts";
import type { Job } from "./serve.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
export const root = join(here, "..", "..");
export const corpusDirectory = join(here, "corpus");

export interface CampaignOptions {
  readonly targets: readonly Target[];
  readonly seed: number;
  /** Inputs of all targets together. */
  readonly inputs: number;
  /** Milliseconds a target. */
  readonly time?: number;
  readonly onReport?: (target: Target, report: FuzzReport) => void;
}

/** Milliseconds without a next input after which the present one is taken for endless, on a busy machine too. */
const ENDLESS = 30_000;

/** Builds a thread's code with counters in what stands in `rooms`; its path. */
export async function buildWorker(
  entry: string,
  rooms: readonly string[],
  name: string,
): Promise<string> {
  const outDir = join(root, "out", "fuzz");
  await build({
    root,
    configFile: false,
    logLevel: "error",
    plugins: [instrumentPlugin(root, rooms)],
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: false,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return join(outDir, `${name}.mjs`);
}

export async function runCampaign(options: CampaignOptions): Promise<Map<string, FuzzReport>> {
  const { targets, seed, inputs, time, onReport } = options;
  const worker = await buildWorker("test/fuzz/worker.ts", ["main", "shared"], "worker");
  const shares = targets.reduce((sum, { share = 1 }) => sum + share, 0);
  const left = [...targets];
  const reports = new Map<string, FuzzReport>();
  const lane = async (): Promise<void> => {
    for (let target = left.shift(); target !== undefined; target = left.shift()) {
      const report = await runWorker(worker, target.maxLength, {
        target: target.name,
        corpus: readCorpus(join(corpusDirectory, target.name)),
        seed,
        runs: Math.ceil((inputs * (target.share ?? 1)) / shares),
        ...(time !== undefined && { time }),
      });
      reports.set(target.name, report);
      onReport?.(target, report);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, lane));
  return reports;
}

/** What failed and how to have it again. */
export function failureText({ input, message }: Failure): string {
  const hex = Buffer.from(input.subarray(0, 2048)).toString("hex");
  return `${message}\ninput of ${input.length} bytes, in hexadecimal: ${hex}`;
}

/** The report of the worker; one that hangs or dies is a failure with the input that did it. */
export async function runWorker(
  path: string,
  maxLength: number,
  job: Omit<Job, "watched">,
  endless = ENDLESS,
): Promise<FuzzReport> {
  const watched = new SharedArrayBuffer(8 + maxLength);
  const head = new Int32Array(watched, 0, 2);
  const workerData: Job = { ...job, watched };
  const thread = new Worker(pathToFileURL(path), { workerData });
  const ended = (message: string): FuzzReport => ({
    runs: head[0] ?? 0,
    branches: 0,
    corpus: [],
    slowest: { milliseconds: 0, length: 0 },
    failures: [{ input: new Uint8Array(watched).slice(8, 8 + (head[1] ?? 0)), message }],
  });
  let watch: NodeJS.Timeout | undefined;
  try {
    return await new Promise<FuzzReport>((resolve) => {
      let before = -1;
      watch = setInterval(() => {
        const now = Atomics.load(head, 0);
        if (now === before) resolve(ended(`does not end within ${endless} milliseconds`));
        before = now;
      }, endless);
      thread.on("message", resolve);
      thread.on("error", (error) => resolve(ended(error.stack ?? error.message)));
      thread.on("exit", (code) => resolve(ended(`the thread ended with ${code}`)));
    });
  } finally {
    clearInterval(watch);
    await thread.terminate();
  }
}
