/** How long after listen() a server stands in a snapshot of the engine. */
import { join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";

/**
 * @param {import("../lab/lab.mjs").Lab} lab
 * @param {number} rounds
 * @returns {Promise<number[]>} milliseconds
 */
export async function listenToSnapshot(lab, rounds) {
  const data = mkdtempSync(join(tmpdir(), "homeport-bench-"));
  const script = join(import.meta.dirname, "../../out/main/headless.js");
  const engine = lab.spawn("pc", process.execPath, [script, "--data-dir", data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  /** @type {Map<number, number>} */
  const seen = new Map();
  let wake = () => {};
  createInterface({ input: /** @type {import("node:stream").Readable} */ (engine.stdout) }).on(
    "line",
    (line) => {
      const now = Date.now();
      for (const { port } of JSON.parse(line).servers) if (!seen.has(port)) seen.set(port, now);
      wake();
    },
  );
  try {
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      const port = 30_000 + round;
      // Not in step with the engine's own looks.
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 800));
      const server = await lab.serve("tcp", port, "bench");
      while (!seen.has(port)) await new Promise((resolve) => (wake = () => resolve(undefined)));
      times.push((seen.get(port) ?? Number.NaN) - server.listeningAt);
      await server.stop();
    }
    return times;
  } finally {
    engine.kill("SIGTERM");
    await new Promise((resolve) => engine.once("exit", resolve));
    rmSync(data, { recursive: true, force: true });
  }
}
