/** A virtual display, and a session bus, where there is none. */
import { spawn } from "node:child_process";
import { ensureSystemPackages, findProgram } from "./system-packages.mjs";
import { SetupError, say } from "./say.mjs";

/** @returns {boolean} whether windows can be seen here */
export function hasDisplay() {
  if (process.platform !== "linux") return true;
  return Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]);
}

/**
 * Starts Xvfb on a free display number.
 * @returns {Promise<{environment: Record<string, string>, stop: () => void}>}
 */
export async function startVirtualDisplay() {
  ensureSystemPackages(["display"]);
  const words = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
  const server = spawn(findProgram("Xvfb") ?? "Xvfb", words, {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const stop = () => server.kill("SIGTERM");
  process.once("exit", stop);
  const number = await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", () => reject(new SetupError("the virtual display Xvfb did not start")));
    server.stdio[3]?.once("data", (/** @type {Buffer} */ data) => resolve(data.toString().trim()));
  });
  say(`no display here: started a virtual one (:${number})`);
  return { environment: { DISPLAY: `:${number}` }, stop };
}
