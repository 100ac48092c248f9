/** `npm run -s headless -- …`: the engine without a screen, in this very process so that signals reach it. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBundle } from "./bundle.mjs";
import { ensureDependencies, root } from "./dependencies.mjs";
import { run } from "./say.mjs";

await run(async () => {
  ensureDependencies();
  ensureBundle();
  await import(pathToFileURL(join(root, "out", "main", "headless.js")).href);
  return Number(process.exitCode ?? 0);
});
