/** Starts Electron with the app as a child that shares our terminal, and passes signals on. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./dependencies.mjs";
import { electronRuntime } from "./electron-runtime.mjs";
import { whenOrphaned } from "./parent.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

/** Chromium refuses to run as root with its sandbox; a developer's machine or CI may be such a place. */
export function sandboxFlags() {
  return process.platform === "linux" && process.getuid?.() === 0 ? ["--no-sandbox"] : [];
}

/** @returns {Promise<string>} the path of an Electron executable that can run here */
export async function electronExecutable() {
  ensureSystemPackages(["electron"]);
  const { directory } = await electronRuntime();
  const inside = {
    darwin: ["Electron.app", "Contents", "MacOS", "Electron"],
    win32: ["electron.exe"],
  };
  return join(
    directory,
    ...(inside[/** @type {keyof typeof inside} */ (process.platform)] ?? ["electron"]),
  );
}

/**
 * @param {readonly string[]} words for the app
 * @param {Readonly<Record<string, string>>} [environment]
 * @returns {Promise<number>} its exit code
 */
export async function launchApp(words, environment = {}) {
  const executable = await electronExecutable();
  const app = spawn(executable, [...sandboxFlags(), root, ...words], {
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  // The terminal sends Ctrl-C to both; a SIGTERM for us alone is passed on, and the app closes its ports first.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => app.kill("SIGTERM"));
  whenOrphaned(() => app.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    app.once("error", reject);
    app.once("exit", (code) => resolve(code ?? 1));
  });
}
