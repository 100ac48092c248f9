/** Fuzzes one of several targets, in the thread that this is called in, and tells what came of it. */
import { parentPort, workerData } from "node:worker_threads";
import { counters } from "./counters.ts";
import { fuzz } from "./fuzzer.ts";
import type { Target } from "./target.ts";

export interface Job {
  readonly target: string;
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  readonly runs: number;
  readonly time?: number;
  /** The number of inputs so far, the length of the present one, then its bytes. */
  readonly watched: SharedArrayBuffer;
}

export async function serve(targets: readonly Target[]): Promise<void> {
  const { watched, target: name, ...job } = workerData as Job;
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target is called ${name}`);
  const head = new Int32Array(watched, 0, 2);
  const present = new Uint8Array(watched, 8);
  const report = await fuzz({
    ...job,
    target,
    counters,
    onInput: (input) => {
      present.set(input.subarray(0, present.length));
      head[1] = input.length;
      Atomics.add(head, 0, 1);
    },
  });
  parentPort?.postMessage(report);
}
