/** Builds the app into out/ when it is older than its sources. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, root } from "./dependencies.mjs";
import { SetupError, say } from "./say.mjs";

const sources = [
  "main",
  "renderer",
  "shared",
  "assets",
  "electron.vite.config.ts",
  "package-lock.json",
];
const stamp = join(cacheDirectory, "bundled");

/** @throws {SetupError} when the build fails; it has said why */
export function ensureBundle() {
  const state = stateOfSources();
  const built = existsSync(join(root, "out", "main", "index.js"));
  if (built && existsSync(stamp) && readFileSync(stamp, "utf8") === state) return;
  say("building the app");
  const vite = join(root, "node_modules", "electron-vite", "bin", "electron-vite.js");
  const { status } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: root,
    stdio: ["ignore", process.stderr, process.stderr],
  });
  if (status !== 0) throw new SetupError("the build failed; see above.");
  mkdirSync(cacheDirectory, { recursive: true });
  writeFileSync(stamp, state);
}

/** Newest change and number of files: any edit, new file or deletion changes it. */
function stateOfSources() {
  let newest = 0;
  let files = 0;
  /** @param {string} path */
  const visit = (path) => {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return;
    newest = Math.max(newest, status.mtimeMs);
    if (!status.isDirectory()) files += 1;
    else for (const name of readdirSync(path)) visit(join(path, name));
  };
  for (const source of sources) visit(join(root, source));
  return `${newest} ${files}`;
}
