/** Runs the e2e tests on a desktop inside a lab of their own: `node test/e2e/launch.mjs [words for vitest]`. */
import { join } from "node:path";
import { Lab } from "../lab/lab.mjs";
import { labUnavailable } from "../lab/requirements.mjs";
import { runOnDesktop } from "./desktop-session.mjs";

const vitest = join(import.meta.dirname, "../../node_modules/vitest/vitest.mjs");

const reason = labUnavailable();
if (reason !== null) {
  process.stderr.write(`e2e tests cannot run: this machine ${reason}\n`);
  process.exit(1);
}
const lab = await Lab.create();
try {
  const words = ["run", "--project", "e2e", ...process.argv.slice(2)];
  process.exitCode = await runOnDesktop(lab, [vitest, ...words]);
} finally {
  await lab.close();
}
