/** Prints what detection costs on this machine: node test/bench/detect.mjs (Linux, about two minutes). */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("detect.ts", import.meta.url)), {
  configFile: false,
  logLevel: "error",
});
const running = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
for (const [name, extra] of [
  ["like a desktop", Math.max(0, 80 - running)],
  ["with 500 processes and 5,000 sockets", 500],
]) {
  const figures = await module.benchDetection(extra);
  const line = Object.entries(figures).map(
    ([key, value]) => `${key} ${Math.round(value * 100) / 100}`,
  );
  console.log(`detection, ${name}: ${line.join(", ")}`);
}
process.exit();
