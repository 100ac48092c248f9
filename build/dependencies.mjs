/** Installs what package-lock.json asks for, when it is not there yet. Built-in modules only. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SetupError, say } from "./say.mjs";

export const root = join(import.meta.dirname, "..");
/** What the scripts fetch and build beside the dependencies; goes with node_modules. */
export const cacheDirectory = join(root, "node_modules", ".cache", "homeport");

/** @throws {SetupError} when npm fails; it has said why */
export function ensureDependencies() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node.js 20.19 or newer is needed; this is ${process.version}.`);
  }
  install(root, "installing the dependencies (npm ci)");
}

/** Servers and a client of the lab that npm has, 570 MB: only the tests need them. */
export function ensureTestServers() {
  install(join(root, "test", "servers"), "installing a Minecraft server and client for the tests");
}

/**
 * @param {string} directory of a package-lock.json
 * @param {string} words what is said when there is something to do
 */
function install(directory, words) {
  const stamp = join(directory, "node_modules", ".cache", "homeport", "installed-lock");
  const lock = readFileSync(join(directory, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say(words);
  const { status } = npm(["ci", "--loglevel=error"], "inherit", directory);
  if (status !== 0) throw new SetupError("npm ci failed; see above.");
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/**
 * Runs npm with the Node that runs us; standard output of npm goes to our standard error.
 * @param {readonly string[]} words
 * @param {"inherit" | "pipe"} output
 * @param {string} [cwd]
 */
export function npm(words, output, cwd = root) {
  const program = process.env["npm_execpath"];
  const stdout = output === "inherit" ? process.stderr : "pipe";
  /** @type {import("node:child_process").SpawnSyncOptionsWithStringEncoding} */
  const options = {
    cwd,
    stdio: ["ignore", stdout, process.stderr],
    encoding: "utf8",
    maxBuffer: 1 << 26,
  };
  return program?.endsWith(".js")
    ? spawnSync(process.execPath, [program, ...words], options)
    : spawnSync("npm", [...words], { ...options, shell: process.platform === "win32" });
}
