/** Runs commands one after another, each in a process group of its own that ends as a whole when we are interrupted. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { whenOrphaned } from "./parent.mjs";

/** Milliseconds from the request to end until it is enforced. */
const PATIENCE = 10_000;
/** Milliseconds between two looks whether somebody of a group is left. */
const LOOK = 100;

const isWindows = process.platform === "win32";

/** The group that runs, by the number of its first process. @type {number | undefined} */
let group;
/** @type {number | null} */
let exitCode = null;

/** The exit code that tells shells which signal interrupted us; null while none did. */
export function interruption() {
  return exitCode;
}

/**
 * From now on SIGINT, SIGTERM, SIGHUP and the end of the process that started us end what runs, and `runGroup` begins
 * nothing more.
 */
export function endGroupsWithUs() {
  const interrupt = (/** @type {NodeJS.Signals} */ signal, /** @type {number} */ code) => {
    exitCode ??= code;
    endGroup(signal);
  };
  // Who read our lines may be gone too, and what is left to do is done all the same.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => undefined);
  process.on("SIGHUP", () => interrupt("SIGHUP", 129));
  process.on("SIGINT", () => interrupt("SIGINT", 130));
  process.on("SIGTERM", () => interrupt("SIGTERM", 143));
  whenOrphaned(() => interrupt("SIGTERM", 143));
}

/**
 * Runs a command in the repository to its end; what it leaves in its group ends with it.
 * @param {string} command
 * @param {readonly string[]} words
 * @param {{ cwd: string, shell?: boolean, patience?: number, onHang?: () => void }} options patience in milliseconds,
 * after which `onHang` is called and the group ends
 * @returns {Promise<number | null>} its exit code; null when a signal ended it
 */
export async function runGroup(command, words, { cwd, shell = false, patience, onHang }) {
  if (exitCode !== null) return null;
  const stdio = /** @type {const} */ (["ignore", "inherit", "inherit"]);
  // Windows would open a console for it.
  const child = spawn(command, words, { cwd, shell, stdio: [...stdio], detached: !isWindows });
  group = child.pid;
  const hang = () => {
    onHang?.();
    endGroup("SIGTERM");
  };
  const timer = patience === undefined ? undefined : setTimeout(hang, patience);
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  if (child.pid !== undefined) await emptied(child.pid);
  group = undefined;
  return code;
}

/** @param {NodeJS.Signals} signal */
function endGroup(signal) {
  const ending = group;
  if (ending === undefined) return;
  signalGroup(ending, signal);
  setTimeout(() => {
    if (group === ending) signalGroup(ending, "SIGKILL");
  }, PATIENCE).unref();
}

/** @param {number} first */
async function emptied(first) {
  if (isWindows || !signalGroup(first, "SIGTERM")) return;
  for (let waited = 0; waited < PATIENCE; waited += LOOK) {
    await delay(LOOK);
    if (!signalGroup(first, 0)) return;
  }
  signalGroup(first, "SIGKILL");
}

/**
 * False when nobody is left in it.
 * @param {number} first
 * @param {NodeJS.Signals | 0} signal
 */
function signalGroup(first, signal) {
  try {
    process.kill(isWindows ? first : -first, signal);
    return true;
  } catch {
    return false;
  }
}
