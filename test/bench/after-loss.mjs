/** What the loss of one datagram costs, and what silence costs. */
import { distribution, figures, line, quantile } from "./figures.mjs";
import { limited } from "./limits.mjs";
import { loseEverything, loseNothing } from "./lossy-cable.mjs";
import { runModule } from "./processors.mjs";

const all = /** @type {const} */ (["pcp", "nat-pmp", "upnp"]);

/** @param {import("../lab/lab.mjs").Lab} lab @param {number} rounds */
export async function benchLoss(lab, rounds) {
  console.log(`\nThe first packet is lost, ${rounds} rounds (milliseconds)`);
  for (const [name, errand, protocols] of /** @type {const} */ ([
    ["from a cold start", "lossFromCold", all],
    ["while the router is known", "lossWhileWarm", all],
    ["NAT-PMP", "lossWhileWarm", ["nat-pmp"]],
    ["UPnP, of the connection", "lossOfConnection", ["upnp"]],
    ["UPnP, the first action", "lossOfAction", ["upnp"]],
  ])) {
    await replaceRouter(lab, protocols);
    const { whole, lossy } = await runModule(lab, "map-lossy.ts", errand, rounds);
    const usual = quantile(whole, 0.5);
    const costs = lossy.map((/** @type {number} */ time) => time - usual);
    line(`${name}, nothing lost`, distribution(whole));
    line("  more with the loss", distribution(costs));
    // The router's own time varies by as much: the worst is held against the worst.
    const worst = quantile(lossy, 1) - quantile(whole, 1);
    limited(`one lost packet: ${name}, worst over worst`, worst, 300);
  }
  await replaceRouter(lab, all);
}

/** Another router, with nothing of the one before. @param {import("../lab/lab.mjs").Lab} lab @param {readonly import("../lab/router.mjs").RouterProtocol[]} protocols */
async function replaceRouter(lab, protocols) {
  await lab.router().stop();
  await lab.exec("gw", "nft", ["flush", "ruleset"]);
  await lab.router().setUp({ protocols });
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
