/**
 * `npm test`: everything there is to check, on a fresh machine, without a display. Sets up what it needs by itself.
 * The last line sums up all suites; a suite that did not come to its end counts as failed.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureBundle } from "./bundle.mjs";
import { ensureDependencies, ensureTestServers, root } from "./dependencies.mjs";
import { electronRuntime } from "./electron-runtime.mjs";
import { endGroupsWithUs, interruption, runGroup } from "./process-group.mjs";
import { run, say } from "./say.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

const reports = join(root, "out", "test");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const total = { passed: 0, failed: 0, skipped: 0 };

/** Milliseconds after which a suite that hangs is ended. */
const PATIENCE = 45 * 60_000;

/** Static checks: name and npm script; each counts as one test. */
const checks = [
  ["formatting", "format:check"],
  ["lint", "lint"],
  ["types", "types"],
  ["unused code", "unused"],
];

await run(async () => {
  endGroupsWithUs();
  ensureDependencies();
  const hasLab = canHaveLab();
  if (hasLab) {
    ensureSystemPackages(["electron", "display", "test"]);
    await electronRuntime();
    ensureTestServers();
  }
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  for (const [title, script] of checks) await check(String(title), String(script));
  try {
    ensureBundle();
    total.passed += 1;
  } catch (error) {
    total.failed += 1;
    say(String(error));
  }
  await suite("unit", [vitest, "run", "--project", "unit", "--project", "renderer"]);
  await suite("fuzz", [vitest, "run", "--project", "fuzz"]);
  await suite("lab", [vitest, "run", "--project", "lab"]);
  if (hasLab) await suite("e2e", [join(root, "test", "e2e", "launch.mjs")]);
  else {
    say("e2e tests are skipped: they need root on Linux, to make network namespaces");
    total.skipped += 1;
  }
  await sweep();
  process.stdout.write(
    `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
  );
  return interruption() ?? (total.failed === 0 ? 0 : 1);
});

/** Only there is it worth fetching an Electron and system packages. */
function canHaveLab() {
  return process.platform === "linux" && process.getuid?.() === 0;
}

/**
 * @param {string} title
 * @param {string} script
 */
async function check(title, script) {
  const words = ["run", "--silent", script];
  const status = await runGroup("npm", words, { cwd: root, shell: process.platform === "win32" });
  if (status === 0) total.passed += 1;
  else total.failed += 1;
  say(`${title}: ${status === 0 ? "ok" : "FAILED"}`);
}

/**
 * Runs Vitest (or what launches it), and adds up what its report says.
 * @param {string} name
 * @param {readonly string[]} command for Node
 */
async function suite(name, command) {
  say(`suite ${name}`);
  const report = join(reports, `${name}.json`);
  const words = [
    ...command,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const onHang = () => say(`suite ${name} hangs; ended`);
  const options = { cwd: root, patience: PATIENCE, onHang };
  const code = await runGroup(process.execPath, words, options);
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  const failed = counts?.numFailedTests ?? 0;
  total.passed += counts?.numPassedTests ?? 0;
  total.skipped += (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0);
  // No report, a file that could not be loaded, or an error outside of any test.
  total.failed += failed === 0 && code !== 0 ? 1 : failed;
}

/** Labs whose process has ended should not stand any more: a failure, and they are removed. */
async function sweep() {
  if (!canHaveLab()) return;
  const { existingLabs } = await import("../test/lab/namespaces.mjs");
  const { Lab } = await import("../test/lab/lab.mjs");
  const left = existingLabs().filter(({ pid }) => !existsSync(`/proc/${pid}`));
  Lab.sweep();
  if (left.length === 0) return;
  total.failed += 1;
  say(`left behind: ${left.map(({ id }) => id).join(" ")}`);
}
