/**
 * Who computes where. In life the router is another machine: what it does after its answer costs the PC nothing. Here
 * both share a kernel, in which one rule more keeps a processor busy for up to 30 ms. So the router gets a processor of
 * its own, the PC the others, and both go before whatever else runs on this machine. The same for every client.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const last = availableParallelism() - 1;
const routers = String(last);
const clients = last === 0 ? "0" : `0-${last - 1}`;
const all = `0-${last}`;

/** For this process and what it starts from now on: the lab's daemons. */
export function computeAsRouter() {
  execFileSync("taskset", ["--cpu-list", "--pid", routers, String(process.pid)]);
  execFileSync("chrt", ["--rr", "--pid", "1", String(process.pid)]);
}

/** As any other program again. */
export function computeAsAnybody() {
  execFileSync("taskset", ["--cpu-list", "--pid", all, String(process.pid)]);
  execFileSync("chrt", ["--other", "--pid", "0", String(process.pid)]);
}

/**
 * Runs a command on the PC's processors, to its end.
 * @param {import("../lab/lab.mjs").Lab} lab
 * @param {string} command
 * @param {readonly string[]} args
 * @param {number} [timeout] milliseconds
 */
export function runOnPc(lab, command, args, timeout = 300_000) {
  return lab.exec("pc", "taskset", ["--cpu-list", clients, command, ...args], { timeout });
}

/**
 * What a function of a file of this folder answers when it is run on the PC; see run-module.mjs.
 * @param {import("../lab/lab.mjs").Lab} lab
 * @param {string} file
 * @param {string} name
 * @param {...number} values
 */
export async function runModule(lab, file, name, ...values) {
  const script = fileURLToPath(new URL("run-module.mjs", import.meta.url));
  const words = [script, file, name, ...values.map(String)];
  const { stdout } = await runOnPc(lab, process.execPath, words, 600_000);
  return JSON.parse(stdout);
}
