/** The desktop itself, inside the lab's PC and a session bus; started by desktop-session.mjs. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { startVirtualDisplay } from "../../build/display.mjs";
import { until } from "../lab/until.mjs";

const runFile = promisify(execFile);
const root = join(import.meta.dirname, "../..");

const display = await startVirtualDisplay();
const env = { ...process.env, ...display.environment };
/** @type {import("node:child_process").ChildProcess[]} */
const parts = [];
try {
  start("openbox", ["--sm-disable"]);
  start("xfce4-panel", ["--disable-wm-check", "--sm-client-disable"]);
  // The background is for the pictures only; ImageMagick says 1 even where it paints it.
  const paint = ["-window", "root", "-size", "1280x800", "gradient:#5b7a99-#2c3e50"];
  await runFile("display", paint, { env }).catch(() => undefined);
  await until("the panel has a tray", hasTray, 20_000);
  const child = spawn(process.execPath, process.argv.slice(2), {
    cwd: root,
    env,
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
} finally {
  for (const part of parts) part.kill("SIGTERM");
  display.stop();
}

/**
 * @param {string} program
 * @param {readonly string[]} words
 */
function start(program, words) {
  const child = spawn(program, [...words], { env, stdio: "ignore" });
  child.once("error", (error) => process.stderr.write(`${program}: ${error.message}\n`));
  parts.push(child);
}

async function hasTray() {
  const words = ["call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/"];
  const method = ["--method", "org.freedesktop.DBus.NameHasOwner", "org.kde.StatusNotifierWatcher"];
  const { stdout } = await runFile("gdbus", [...words, ...method], { env });
  return stdout.includes("true");
}
