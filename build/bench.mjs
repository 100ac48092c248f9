/** `npm run bench`: sets up what the benchmark needs and runs it. */
import { ensureBundle } from "./bundle.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { electronRuntime } from "./electron-runtime.mjs";
import { run } from "./say.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

await run(async () => {
  ensureDependencies();
  ensureSystemPackages(["electron", "display", "test"]);
  await electronRuntime();
  ensureBundle();
  await import("../test/bench/bench.mjs");
  return Number(process.exitCode ?? 0);
});
