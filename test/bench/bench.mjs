/**
 * What must be fast, in one run, beside its peers: `npm run bench` (root on Linux). Everything happens in a lab of
 * network namespaces with a real miniupnpd; nothing leaves it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Lab } from "../lab/lab.mjs";
import { labUnavailable } from "../lab/requirements.mjs";
import { runOnDesktop } from "../e2e/desktop-session.mjs";
import { figures } from "./figures.mjs";
import { listenToSnapshot } from "./listen-to-snapshot.mjs";

/** Milliseconds between rounds, for the router to come to rest. */
const PAUSE = 500;
/** Mappings made by each client, each from a cold start. */
const ROUNDS = 20;

const reason = labUnavailable();
if (reason !== null) {
  process.stderr.write(`the benchmark cannot run: this machine ${reason}\n`);
  process.exit(1);
}
const lab = await Lab.create();
try {
  console.log(`Command to mapped, from a cold start, ${ROUNDS} rounds (milliseconds)`);
  for (const client of ["homeport", "nat-api", "nat-port-mapper-pmp", "nat-port-mapper-upnp"]) {
    const script = join(import.meta.dirname, "map-clients.mjs");
    const { stdout } = await lab.exec("pc", process.execPath, [script, client, String(ROUNDS)], {
      timeout: 300_000,
    });
    console.log(`  ${client.padEnd(28)} ${figures(JSON.parse(stdout))}`);
    await lab.restartGateway({ forget: true });
  }
  const headless = join(import.meta.dirname, "../../out/main/headless.js");
  const wholeProcesses = {
    natpmpc: (/** @type {string} */ port) => [
      "natpmpc",
      "-a",
      port,
      port,
      "tcp",
      "3600",
      "-g",
      Lab.gatewayAddress,
    ],
    upnpc: (/** @type {string} */ port) => [
      "upnpc",
      "-a",
      Lab.pcAddress,
      port,
      port,
      "tcp",
      "3600",
    ],
    "headless --once": (/** @type {string} */ port) => [
      process.execPath,
      headless,
      "--once",
      `--expose=tcp/${port}`,
      `--data-dir=${join(lab.directory, `bench-${port}`)}`,
    ],
  };
  for (const [name, command] of Object.entries(wholeProcesses)) {
    console.log(`  ${`${name} (process)`.padEnd(28)} ${figures(await wholeProcess(command))}`);
    await lab.restartGateway({ forget: true });
  }
  console.log(`\nCommand to mapped while the router is known, ${ROUNDS} rounds (milliseconds)`);
  const warm = await lab.exec(
    "pc",
    process.execPath,
    [join(import.meta.dirname, "map-warm.mjs"), String(ROUNDS), Lab.pcAddress, Lab.gatewayAddress],
    { timeout: 120_000 },
  );
  const { homeport, router } = JSON.parse(warm.stdout);
  console.log(`  ${"homeport".padEnd(28)} ${figures(homeport)}`);
  console.log(`  ${"the router's own answer".padEnd(28)} ${figures(router)}`);
  await lab.restartGateway({ forget: true });
  console.log("\nlisten() to snapshot (milliseconds)");
  console.log(`  ${"homeport".padEnd(28)} ${figures(await listenToSnapshot(lab, ROUNDS))}`);
  console.log("\nThe app on a desktop");
  const code = await runOnDesktop(lab, [join(import.meta.dirname, "app.mjs")]);
  if (code !== 0) process.exitCode = 1;
  console.log("\nDetection beside its peers (milliseconds; CPU in per cent of one core)");
  const detection = spawn(process.execPath, [join(import.meta.dirname, "detect.mjs")], {
    stdio: "inherit",
  });
  const [status] = await once(detection, "exit");
  if (status !== 0) process.exitCode = 1;
} finally {
  await lab.close();
}

/**
 * Milliseconds of each whole run of a command, process start included.
 * @param {(port: string) => readonly string[]} command
 */
async function wholeProcess(command) {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [program = "", ...words] = command(String(20_000 + round));
    const start = performance.now();
    await lab.exec("pc", program, words);
    times.push(performance.now() - start);
    await delay(PAUSE);
  }
  return times;
}
