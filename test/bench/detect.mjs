/**
 * Prints what detection costs, each figure beside its limit: node test/bench/detect.mjs (Linux, about six minutes).
 * As root each load has process and network namespaces of its own, so that whatever else runs here is not counted.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";
import { bundle } from "./bundle.mjs";
import { figures } from "./figures.mjs";

/**
 * Processes, those among them that are servers with ten sockets each, and milliseconds that a scan may take.
 * @type {Readonly<Record<string, { processes: number, servers: number, limit: number }>>}
 */
const loads = {
  "like a desktop": { processes: 80, servers: 10, limit: 5 },
  "with 500 processes and 5,000 sockets": { processes: 500, servers: 500, limit: 15 },
};
const namespaces = ["--net", "--pid", "--fork", "--mount-proc", "--kill-child"];
const [name] = process.argv.slice(2);
if (name !== undefined) await measure(name);
else for (const load of Object.keys(loads)) await measureApart(load);
process.exit();

/** @param {string} load */
async function measureApart(load) {
  const self = [process.execPath, fileURLToPath(import.meta.url), load];
  const script = 'ip link set lo up && exec "$@"';
  const apart = [...namespaces, "sh", "-c", script, "sh"];
  const [command = "", ...words] = canBeApart() ? ["unshare", ...apart, ...self] : self;
  const [code] = await once(spawn(command, words, { stdio: "inherit" }), "exit");
  if (code !== 0) process.exit(1);
}

/** Root may make namespaces, unless a container forbids it. */
function canBeApart() {
  const made = spawnSync("unshare", [...namespaces, "ip", "link", "set", "lo", "up"]);
  return process.getuid?.() === 0 && made.status === 0;
}

/** @param {string} load */
async function measure(load) {
  const { processes, servers, limit } = loads[load] ?? { processes: 0, servers: 0, limit: 0 };
  const { module } = await runnerImport(fileURLToPath(new URL("detect.ts", import.meta.url)), {
    configFile: false,
    logLevel: "error",
  });
  const restScript = await bundle("detect-rest.ts");
  const running = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)).length;
  const others = Math.max(0, processes - servers - running);
  const found = await module.benchDetection(servers, others, restScript);
  console.log(
    `detection ${load}: ${found.processes} processes, ${found.sockets} sockets (milliseconds)`,
  );
  const print = (/** @type {string} */ what, /** @type {number[]} */ times, verdict = "") =>
    console.log(`  ${what.padEnd(38)} ${figures(times)}${verdict}`);
  print("first scan (nothing known)", found.first, against(median(found.first), limit));
  print("the same in a new process (cold code)", [
    found.resting.coldFirst,
    found.restingRecognition.coldFirst,
  ]);
  print("scan after a change (inode cache)", found.changed, against(median(found.changed), limit));
  print("scan at rest", found.rest);
  print("longest block of a first scan", found.blocked);
  print("links in /proc/<pid>/fd alone", found.links);
  print("ss -tunlp (process)", found.ss);
  print("systeminformation", found.systeminformation);
  print("listen() to shown", found.shown, against(Math.max(...found.shown), 1000));
  const shares = (/** @type {string} */ what, /** @type {number[]} */ cpu, verdict = "") =>
    console.log(
      `  ${what.padEnd(38)} ${cpu.map((share) => share.toFixed(2)).join(", ")} % of one core${verdict}`,
    );
  shares("CPU at rest", found.resting.cpu, against(median(found.resting.cpu), 0.3));
  shares("CPU at rest, recognition included", found.restingRecognition.cpu);
  const { socketsPerSecond, changes, cpu: busy } = found.churn;
  console.log(
    `  ${`${socketsPerSecond.toFixed(0)} sockets a second come and go`.padEnd(38)} the list changed ${changes} times in 20 s, CPU ${busy.toFixed(2)} %`,
  );
}

/** @param {readonly number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * Medians are held against the limit, except of listen() to shown, which has to keep it always.
 * @param {number} value
 * @param {number} limit
 */
function against(value, limit) {
  return ` (limit ${limit}: ${value <= limit ? "met" : "not met"})`;
}
