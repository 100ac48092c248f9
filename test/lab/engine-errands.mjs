/** Runs engine-errands.ts as it stands, on the lab's PC, with what it imports later. */
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const path = fileURLToPath(new URL("engine-errands.ts", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const vite = await createServer({
  root,
  configFile: false,
  logLevel: "error",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const module = await vite.ssrLoadModule(path);
await module.runEngine(process.argv[2]);
