/**
 * `npm run package`: an unpacked app for this system in dist/; words after `--` choose other targets, e.g.
 * `npm run package -- --linux AppImage`. With the substitute Electron only the unpacked app can be made, for trying.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureBundle } from "./bundle.mjs";
import { ensureDependencies, root } from "./dependencies.mjs";
import { electronRuntime } from "./electron-runtime.mjs";
import { run } from "./say.mjs";

await run(async () => {
  ensureDependencies();
  ensureBundle();
  const { directory, version } = await electronRuntime();
  const given = process.argv.slice(2);
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules", "electron-builder", "cli.js"),
      "--config=build/electron-builder.mjs",
      "--publish=never",
      `--config.electronDist=${directory}`,
      `--config.electronVersion=${version}`,
      ...(given.length === 0 ? ["--dir"] : given),
    ],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
  );
  return status ?? 1;
});
