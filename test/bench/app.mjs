/** The app's start and its cost at rest; run on the lab's desktop by bench.mjs. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { figures } from "./figures.mjs";

const runFile = promisify(execFile);
const root = join(import.meta.dirname, "../..");
/** Starts measured. */
const STARTS = 5;
/** Seconds of rest measured, after as many have passed for the start to settle. */
const REST = 60;
const SETTLE = 10;
/** Clock ticks a second in /proc (USER_HZ is 100 on every Linux we know). */
const TICKS = 100;

/** @type {number[]} */
const starts = [];
for (let round = 0; round < STARTS; round += 1) {
  const { app, data, took } = await start();
  starts.push(took);
  await quit(app, data);
}
console.log(`  ${"start to tray ready".padEnd(28)} ${figures(starts)} (milliseconds)`);

const { app, data } = await start();
await delay(SETTLE * 1000);
const before = cpuTicks(Number(app.pid));
await delay(REST * 1000);
const tree = processTree(Number(app.pid));
const percent = ((cpuTicks(Number(app.pid)) - before) / TICKS / REST) * 100;
console.log(
  `  ${`idle ${REST} s, window closed`.padEnd(28)} CPU ${percent.toFixed(2)} % of one core`,
);
for (const [name, field] of [
  ["resident (RSS)", "Rss"],
  ["proportional (PSS)", "Pss"],
]) {
  const kilobytes = tree.reduce((sum, pid) => sum + memory(pid, String(field)), 0);
  console.log(
    `  ${String(name).padEnd(28)} ${(kilobytes / 1024).toFixed(0)} MiB in ${tree.length} processes`,
  );
}
await quit(app, data);

/** Starts the app without a window and waits for its icon in the panel. */
async function start() {
  const data = mkdtempSync(join(tmpdir(), "homeport-bench-"));
  const executable = process.env["HOMEPORT_ELECTRON"] ?? "";
  const words = ["--no-sandbox", root, `--user-data-dir=${data}`, "--hidden"];
  const began = performance.now();
  const app = spawn(executable, words, { stdio: "ignore" });
  while (!(await hasTrayItem())) await delay(2);
  return { app, data, took: performance.now() - began };
}

/**
 * @param {import("node:child_process").ChildProcess} app
 * @param {string} data
 */
async function quit(app, data) {
  const ended = once(app, "exit");
  app.kill("SIGTERM");
  await ended;
  while (await hasTrayItem()) await delay(20);
  rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function hasTrayItem() {
  const watcher = "org.kde.StatusNotifierWatcher";
  const target = [
    "call",
    "--session",
    "--dest",
    watcher,
    "--object-path",
    "/StatusNotifierWatcher",
  ];
  const get = [
    "--method",
    "org.freedesktop.DBus.Properties.Get",
    watcher,
    "RegisteredStatusNotifierItems",
  ];
  const { stdout } = await runFile("gdbus", [...target, ...get]);
  return /':/.test(stdout);
}

/**
 * The process and all that came from it.
 * @param {number} pid
 * @returns {number[]}
 */
function processTree(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const fields = statOf(Number(name));
    if (fields !== null) parents.set(Number(name), Number(fields[1]));
  }
  /** @param {number} of @returns {number[]} */
  const below = (of) =>
    [...parents]
      .filter(([, parent]) => parent === of)
      .flatMap(([child]) => [child, ...below(child)]);
  return [pid, ...below(pid)];
}

/** @param {number} pid */
function cpuTicks(pid) {
  return processTree(pid).reduce((sum, each) => {
    const fields = statOf(each);
    return fields === null ? sum : sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

/**
 * Fields of /proc/<pid>/stat from the state on.
 * @param {number} pid
 */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/**
 * Kilobytes.
 * @param {number} pid
 * @param {string} field
 */
function memory(pid, field) {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
