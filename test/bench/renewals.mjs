/** Five hundred mappings on one router, and what keeping them costs. */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { line } from "./figures.mjs";
import { limited } from "./limits.mjs";
import { runModule } from "./processors.mjs";
import { WireTap } from "./wire-tap.mjs";

const COUNT = 500;
/** Seconds. Shorter than any real one, so that there is something to measure; usual are two hours. */
const LEASE = 240;
const USUAL_LEASE = 7200;
/** Seconds of measuring before the first renewal, which is due after half a lease; and of renewals, from when on. */
const REST_FOR = 40;
const BUSY_AT = 130;
const BUSY_FOR = 130;

/** @param {import("../lab/lab.mjs").Lab} lab */
export async function benchRenewals(lab) {
  console.log(
    `\n${COUNT} mappings on one router (a fake one, which answers at once), leases of ${LEASE} s`,
  );
  await lab.router().stop();
  const router = await startFakeRouter(lab);
  const tap = await WireTap.open(lab);
  const { mapped, restCpu, busyCpu, from, to, standing } = await runModule(
    lab,
    "renew-many.ts",
    "renewMany",
    COUNT,
    REST_FOR,
    BUSY_AT,
    BUSY_FOR,
  );
  const renewals = (await tap.close()).filter(
    ({ at, isAnswer, internalPort }) => !isAnswer && internalPort !== null && at >= from && at < to,
  );
  const ended = once(router, "exit");
  router.kill("SIGKILL");
  await ended;
  await lab.router().start();
  tell({ mapped, restCpu, busyCpu, standing, renewals: renewals.map(({ at }) => at - from) });
}

/** @param {import("../lab/lab.mjs").Lab} lab */
async function startFakeRouter(lab) {
  const script = fileURLToPath(new URL("run-module.mjs", import.meta.url));
  const words = [script, "fake-router.ts", "beRouter", String(LEASE)];
  const router = lab.spawn("gw", process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(router, "exit").then(() => {
    throw new Error("the fake router ended");
  });
  await Promise.race([
    once(/** @type {import("node:stream").Readable} */ (router.stdout), "data"),
    ended,
  ]);
  ended.catch(() => undefined);
  return router;
}

/**
 * @param {{ mapped: number, restCpu: number, busyCpu: number, standing: number, renewals: readonly number[] }} measured
 *   milliseconds from the start until all stood; per cent of one core; milliseconds at which each renewal was sent
 */
function tell({ mapped, restCpu, busyCpu, standing, renewals }) {
  const mean = renewals.length / BUSY_FOR;
  line("all mapped after", `${(mapped / 1000).toFixed(1)} s; ${standing} stand at the end`);
  line("renewals a second", `mean ${mean.toFixed(1)}, most ${most(renewals)}`);
  line("CPU while none is renewed", `${restCpu.toFixed(2)} % of one core, over ${REST_FOR} s`);
  line("CPU while they are", `${busyCpu.toFixed(2)} % of one core, over ${BUSY_FOR} s`);
  // As many renewals of a longer lease are so much rarer; what is there without them stays.
  const perRenewal = ((busyCpu - restCpu) / mean) * 10;
  const usual = restCpu + ((busyCpu - restCpu) * LEASE) / USUAL_LEASE;
  line("one renewal", `${perRenewal.toFixed(2)} ms of computing`);
  line(
    "with leases of 2 h",
    `${usual.toFixed(2)} % of one core: rest, and a ${USUAL_LEASE / LEASE}th of the renewals`,
  );
  limited(`${COUNT} mappings with leases of 2 h`, usual, 1, "%");
}

/** Most in any one second. @param {readonly number[]} moments milliseconds */
function most(moments) {
  /** @type {Map<number, number>} */
  const seconds = new Map();
  for (const at of moments) {
    const second = Math.floor(at / 1000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...seconds.values());
}
