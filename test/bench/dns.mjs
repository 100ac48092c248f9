/** Prints how fast names follow: node test/bench/dns.mjs (needs named and nsupdate of BIND). */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";
import { figures } from "./figures.mjs";

const { module } = await runnerImport(fileURLToPath(new URL("dns.ts", import.meta.url)), {
  configFile: false,
  logLevel: "error",
});
const { homeport, nsupdate, many, names } = await module.benchNames(30, 200);
console.log(
  "Change of address and port to the authoritative answer, settle time off (milliseconds)",
);
console.log(`  ${"homeport".padEnd(28)} ${figures(homeport)}`);
console.log(`  ${"nsupdate (process)".padEnd(28)} ${figures(nsupdate)}`);
console.log(`${names} new names of one account, one pass: ${Math.round(many)} milliseconds`);
process.exit();
