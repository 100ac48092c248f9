/** Prints what detection costs on this machine: node test/bench/detect.mjs (Linux, about two minutes). */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("detect.ts", import.meta.url)), {
  configFile: false,
  logLevel: "error",
});
for (const [name, extra] of [
  ["as it is", 0],
  ["and 500 processes with 5,000 sockets", 500],
]) {
  const figures = await module.benchDetection(extra);
  const line = Object.entries(figures).map(
    ([key, value]) => `${key} ${Math.round(value * 100) / 100}`,
  );
  console.log(`detection, this machine ${name}: ${line.join(", ")}`);
}
process.exit();
