/** What the loss of one datagram costs, and what silence costs. */
import { distribution, figures, line, quantile } from "./figures.mjs";
import { limited } from "./limits.mjs";
import { loseEverything, loseNothing } from "./lossy-cable.mjs";
import { runModule } from "./processors.mjs";

/** @param {import("../lab/lab.mjs").Lab} lab @param {number} rounds */
export async function benchLoss(lab, rounds) {
  console.log(`\nThe first packet is lost, ${rounds} rounds (milliseconds)`);
  for (const [name, errand, protocols] of /** @type {const} */ ([
    ["from a cold start", "lossFromCold", ["pcp", "nat-pmp", "upnp"]],
    ["while the router is known", "lossWhileWarm", ["pcp", "nat-pmp", "upnp"]],
    ["NAT-PMP", "lossWhileWarm", ["nat-pmp"]],
    ["UPnP, of the connection", "lossOfConnection", ["upnp"]],
    ["UPnP, the first action", "lossOfAction", ["upnp"]],
  ])) {
    await lab.router().stop();
    await lab.router().forget();
    await lab.router().setUp({ protocols });
    const { whole, lossy } = await runModule(lab, "map-lossy.ts", errand, rounds);
    const usual = quantile(whole, 0.5);
    const costs = lossy.map((/** @type {number} */ time) => time - usual);
    line(`${name}, nothing lost`, distribution(whole));
    line("  more with the loss", distribution(costs));
    limited(`one lost packet: ${name}, worst`, quantile(costs, 1), 300);
  }
  await lab.router().stop();
  await lab.router().forget();
  await lab.router().setUp();
}

/** @param {import("../lab/lab.mjs").Lab} lab @param {number} rounds */
export async function benchSilence(lab, rounds) {
  console.log(`\nStart to "no router answers", ${rounds} rounds (milliseconds)`);
  await lab.router().stop();
  const closed = await runModule(lab, "find-nobody.ts", "findNobody", rounds);
  line("a router without a daemon", figures(closed));
  await loseEverything(lab);
  const mute = await runModule(lab, "find-nobody.ts", "findNobody", rounds);
  line("a router that drops all of it", figures(mute));
  limited("nobody speaks any protocol, worst", quantile([...closed, ...mute], 1), 3000);
  await loseNothing(lab);
  await lab.router().forget();
  await lab.router().start();
}
