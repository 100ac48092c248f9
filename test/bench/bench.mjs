/**
 * What must be fast, in one run, beside its peers: `npm run bench` (root on Linux), or `npm run bench -- loss renewals`
 * for some parts of it. Everything happens in a lab of network namespaces with a real miniupnpd; nothing leaves it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Lab } from "../lab/lab.mjs";
import { labUnavailable } from "../lab/requirements.mjs";
import { runOnDesktop } from "../e2e/desktop-session.mjs";
import { benchLoss, benchSilence } from "./after-loss.mjs";
import { figures, line } from "./figures.mjs";
import { benchFromCold } from "./from-cold.mjs";
import { printLimits } from "./limits.mjs";
import { listenToSnapshot } from "./listen-to-snapshot.mjs";
import { computeAsAnybody, computeAsRouter } from "./processors.mjs";
import { benchRenewals } from "./renewals.mjs";
import { benchWhileKnown } from "./while-known.mjs";

const ROUNDS = 20;
/** Of what takes seconds each. */
const FEW_ROUNDS = 5;

/** @type {Readonly<Record<string, (lab: Lab) => Promise<void>>>} */
const timed = {
  cold: (lab) => benchFromCold(lab, ROUNDS),
  warm: (lab) => benchWhileKnown(lab, ROUNDS),
  loss: (lab) => benchLoss(lab, ROUNDS),
  silence: (lab) => benchSilence(lab, FEW_ROUNDS),
  renewals: (lab) => benchRenewals(lab),
};

/** @type {Readonly<Record<string, (lab: Lab) => Promise<void>>>} */
const shared = {
  listen: async (lab) => {
    console.log("\nlisten() to snapshot (milliseconds)");
    line("homeport", figures(await listenToSnapshot(lab, ROUNDS)));
  },
  app: async (lab) => {
    console.log("\nThe app on a desktop");
    const code = await runOnDesktop(lab, [join(import.meta.dirname, "app.mjs")]);
    if (code !== 0) process.exitCode = 1;
  },
  detect: async () => {
    console.log("\nDetection beside its peers (milliseconds; CPU in per cent of one core)");
    const detection = spawn(process.execPath, [join(import.meta.dirname, "detect.mjs")], {
      stdio: "inherit",
    });
    const [status] = await once(detection, "exit");
    if (status !== 0) process.exitCode = 1;
  },
};

const reason = labUnavailable();
if (reason !== null) {
  process.stderr.write(`the benchmark cannot run: this machine ${reason}\n`);
  process.exit(1);
}
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in timed) && !(name in shared));
if (unknown.length > 0) {
  const names = [...Object.keys(timed), ...Object.keys(shared)].join(", ");
  process.stderr.write(`the benchmark has no part ${unknown.join(", ")}; it has ${names}\n`);
  process.exit(2);
}
const isWanted = (/** @type {string} */ name) => wanted.length === 0 || wanted.includes(name);
computeAsRouter();
const lab = await Lab.create();
try {
  for (const [name, run] of Object.entries(timed)) {
    if (!isWanted(name)) continue;
    await run(lab);
    await lab.restartGateway({ forget: true });
  }
  computeAsAnybody();
  for (const [name, run] of Object.entries(shared)) if (isWanted(name)) await run(lab);
  printLimits();
} finally {
  await lab.close();
}
