/** Runs engine-errands.ts as it stands, on the lab's PC. */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const path = fileURLToPath(new URL("engine-errands.ts", import.meta.url));
const { module } = await runnerImport(path, { configFile: false, logLevel: "error" });
await module.runEngine(process.argv[2]);
