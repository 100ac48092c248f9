/** From a command to a mapping with nothing known, beside the peers. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Lab } from "../lab/lab.mjs";
import { figures, line, quantile } from "./figures.mjs";
import { limited } from "./limits.mjs";
import { runOnPc } from "./processors.mjs";
import { answerTimes, WireTap } from "./wire-tap.mjs";

/** Milliseconds between rounds, for the router to come to rest. */
const PAUSE = 500;
const script = join(import.meta.dirname, "map-clients.mjs");
const headless = join(import.meta.dirname, "../../out/main/headless.js");

/** @param {Lab} lab @param {number} rounds */
export async function benchFromCold(lab, rounds) {
  console.log(`Command to mapped, from a cold start, ${rounds} rounds (milliseconds)`);
  for (const client of ["homeport", "nat-api", "nat-port-mapper-pmp", "nat-port-mapper-upnp"]) {
    const tap = await WireTap.open(lab);
    const { stdout } = await runOnPc(lab, process.execPath, [script, client, String(rounds)]);
    const answers = [...answerTimes(await tap.close()).values()];
    const { times, verdicts } = JSON.parse(stdout);
    line(client, figures(times));
    if (verdicts.length > 0) tellParts(times, verdicts);
    if (answers.length > 0) line("  the router's answer in it", figures(answers));
    await lab.restartGateway({ forget: true });
  }
  for (const [name, command] of Object.entries(wholeProcesses(lab))) {
    line(`${name} (process)`, figures(await wholeProcess(lab, command, rounds)));
    await lab.restartGateway({ forget: true });
  }
}

/** @param {readonly number[]} times @param {readonly number[]} verdicts */
function tellParts(times, verdicts) {
  const later = times.map((time, round) => time - (verdicts[round] ?? Number.NaN));
  line("  start to verdict", figures(verdicts));
  line("  verdict to mapped", figures(later));
  limited("cold start to verdict, worst", quantile(verdicts, 1), 300);
  limited("verdict to mapped on PCP, worst", quantile(later, 1), 150);
}

/**
 * @param {Lab} lab
 * @returns {Record<string, (port: string) => readonly string[]>}
 */
function wholeProcesses(lab) {
  return {
    natpmpc: (port) => ["natpmpc", "-a", port, port, "tcp", "3600", "-g", Lab.gatewayAddress],
    upnpc: (port) => ["upnpc", "-a", Lab.pcAddress, port, port, "tcp", "3600"],
    "headless --once": (port) => [
      process.execPath,
      headless,
      "--once",
      `--expose=tcp/${port}`,
      `--data-dir=${join(lab.directory, `bench-${port}`)}`,
    ],
  };
}

/**
 * Milliseconds of each whole run of a command, process start included.
 * @param {Lab} lab
 * @param {(port: string) => readonly string[]} command
 * @param {number} rounds
 */
async function wholeProcess(lab, command, rounds) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const [program = "", ...words] = command(String(20_000 + round));
    const start = performance.now();
    await runOnPc(lab, program, words);
    times.push(performance.now() - start);
    await delay(PAUSE);
  }
  return times;
}
