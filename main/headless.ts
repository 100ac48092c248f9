/** The engine without a screen: NDJSON snapshots on standard output, words for people on standard error. */
import { homedir } from "node:os";
import { join } from "node:path";
import { exposureKey } from "../shared/endpoint.ts";
import type { Snapshot } from "../shared/snapshot.ts";
import { createEngine } from "./engine/create-engine.ts";
import { FileSecretStore } from "./engine/ddns/secret-store.ts";
import { FileSettingsStore } from "./engine/files/settings-file.ts";
import { lockDirectory } from "./engine/files/directory-lock.ts";
import { createLogger } from "./engine/system/system-environment.ts";
import { type HeadlessArguments, parseArguments, usage } from "./headless/arguments.ts";
import { fixedSettings, readConfig } from "./headless/config.ts";
import { judgeOnce } from "./headless/once.ts";
import { snapshotLine } from "./headless/snapshot-line.ts";

/** Exit codes: 0 done, 1 not everything is mapped (or cannot run), 2 the command line is wrong. */
async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.kind === "help") {
    process.stdout.write(usage);
    return 0;
  }
  if (parsed.kind === "error") {
    process.stderr.write(`homeport: ${parsed.message}\nSee --help.\n`);
    return 2;
  }
  return run(parsed.arguments);
}

async function run(options: HeadlessArguments): Promise<number> {
  const dataDirectory = options.dataDirectory ?? defaultDataDirectory();
  const config = options.config === null ? null : readConfig(options.config);
  if (config?.kind === "error") {
    process.stderr.write(`homeport: ${config.message}\n`);
    return 2;
  }
  const lock = lockDirectory(dataDirectory);
  if (lock.kind === "refused") {
    process.stderr.write(`homeport: ${lock.reason}\n`);
    return 1;
  }
  const engine = createEngine({
    settings:
      config === null
        ? new FileSettingsStore(join(dataDirectory, "settings.json"))
        : fixedSettings(config.settings),
    secrets: new FileSecretStore(join(dataDirectory, "secrets.json"), process.env),
    dataDirectory,
    gateway: options.gateway,
    observer: options.observer,
    exposures: options.expose,
    despiteWarnings: options.despiteWarning,
    outlived: options.once,
    log: createLogger(options.verbose ? "debug" : "warn", (line) => process.stderr.write(line)),
  });
  const { promise: ended, end } = ending();
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    end(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  // Whoever read our lines is gone: nobody is left to keep the ports open for.
  process.stdout.on("error", interrupt);

  const keys = new Set(options.expose.map(exposureKey));
  const judge = (snapshot: Snapshot, timeUp: boolean): void => {
    if (!options.once) return;
    if (keys.size === 0 && !timeUp && snapshot.gateways.some(({ state }) => state === "probing"))
      return;
    const verdict = judgeOnce(snapshot, keys, timeUp);
    if (verdict.kind === "wait") return;
    if (verdict.kind === "failed") process.stderr.write(`homeport: ${verdict.reason}\n`);
    end(verdict.kind === "mapped" ? 0 : 1);
  };
  const unsubscribe = engine.subscribe((snapshot) => {
    process.stdout.write(snapshotLine(snapshot));
    judge(snapshot, false);
  });
  const timeUp = setTimeout(() => judge(engine.snapshot, true), options.timeout * 1000);
  // The engine's own timers do not keep the process alive.
  const alive = setInterval(() => undefined, 3_600_000);
  await engine.start();
  judge(engine.snapshot, false);

  const code = await ended;
  clearTimeout(timeUp);
  clearInterval(alive);
  // The last line of --once is what it judged by.
  if (options.once && !interrupted) unsubscribe();
  await engine.stop({ release: interrupted || !options.once });
  lock.release();
  return code;
}

/** A promise that the first call of `end` settles. */
function ending(): { promise: Promise<number>; end: (code: number) => void } {
  let end: (code: number) => void = () => undefined;
  const promise = new Promise<number>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}

/** The app's own folder, so that both find the same settings and lease book. */
function defaultDataDirectory(): string {
  const home = homedir();
  switch (process.platform) {
    case "win32":
      return join(process.env["APPDATA"] ?? join(home, "AppData", "Roaming"), "Homeport");
    case "darwin":
      return join(home, "Library", "Application Support", "Homeport");
    default:
      return join(process.env["XDG_CONFIG_HOME"] ?? join(home, ".config"), "Homeport");
  }
}

process.exitCode = await main();
