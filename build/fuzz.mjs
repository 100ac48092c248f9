/** `npm run fuzz -- [target] [seconds]`: fuzzes parsers and adds to their corpus. */
import { fileURLToPath } from "node:url";
import { ensureDependencies, root } from "./dependencies.mjs";
import { run } from "./say.mjs";

await run(async () => {
  ensureDependencies();
  const { runnerImport } = await import("vite");
  const { module } = await runnerImport(
    fileURLToPath(new URL("../test/fuzz/command.ts", import.meta.url)),
    { root, configFile: false, logLevel: "error" },
  );
  return module.command(process.argv.slice(2));
});
