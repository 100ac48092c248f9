/** From a command to a mapping while the router is known, without what the router itself takes. */
import { distribution, line, quantile } from "./figures.mjs";
import { limited } from "./limits.mjs";
import { runModule } from "./processors.mjs";
import { answerTimes, WireTap } from "./wire-tap.mjs";

const FIRST_PORT = 10_500;

/** @param {import("../lab/lab.mjs").Lab} lab @param {number} rounds */
export async function benchWhileKnown(lab, rounds) {
  console.log(`\nCommand to mapped while the router is known, ${rounds} rounds (milliseconds)`);
  const tap = await WireTap.open(lab);
  /** @type {number[]} */
  const times = await runModule(lab, "map-warm.ts", "mapWarm", rounds, FIRST_PORT);
  const answers = answerTimes(await tap.close());
  const routers = times.map((_, at) => answers.get(FIRST_PORT + 1 + at) ?? Number.NaN);
  const ours = times.map((time, at) => time - (routers[at] ?? Number.NaN));
  line("homeport", distribution(times));
  line("  the router, by its own cable", distribution(routers));
  line("  the rest, each of its own round", distribution(ours));
  limited("command to mapped beyond the router's own time, median", quantile(ours, 0.5), 5);
  limited("the same, nine rounds of ten", quantile(ours, 0.9), 5);
}
