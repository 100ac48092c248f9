/** Five hundred mappings on one router, and what keeping them costs. */
import { Lab } from "../lab/lab.mjs";
import { line } from "./figures.mjs";
import { limited } from "./limits.mjs";
import { runModule } from "./processors.mjs";
import { WireTap } from "./wire-tap.mjs";

const COUNT = 500;
/** Seconds. Shorter than any real one, so that there is something to measure; usual are two hours. */
const LEASE = 120;
const USUAL_LEASE = 7200;
/** Seconds of measuring before the first renewal, which is due after half a lease; and of renewals, from when on. */
const REST_FOR = 30;
const BUSY_AT = 90;
const BUSY_FOR = 150;

export async function benchRenewals() {
  console.log(`\n${COUNT} mappings on one router, leases of ${LEASE} s`);
  const lab = await Lab.create({
    daemon: [`min_lifetime=${LEASE / 2}`, `max_lifetime=${LEASE}`],
  });
  try {
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
      ({ at, isAnswer, internalPort }) =>
        !isAnswer && internalPort !== null && at >= from && at < to,
    );
    const mean = renewals.length / BUSY_FOR;
    line("all mapped after", `${(mapped / 1000).toFixed(1)} s; ${standing} stand at the end`);
    line("renewals a second", `mean ${mean.toFixed(1)}, most ${most(renewals, from)}`);
    line("CPU while none is renewed", `${restCpu.toFixed(2)} % of one core, over ${REST_FOR} s`);
    line("CPU while they are", `${busyCpu.toFixed(2)} % of one core, over ${BUSY_FOR} s`);
    // As many renewals of a longer lease are so much rarer; what is there without them stays.
    const perRenewal = ((busyCpu - restCpu) / mean) * 10;
    const usual = restCpu + ((busyCpu - restCpu) * LEASE) / USUAL_LEASE;
    line("one renewal", `${perRenewal.toFixed(2)} ms of computing`);
    line("with leases of 2 h", `${usual.toFixed(2)} % of one core (rest, and the 60th part)`);
    limited(`${COUNT} mappings, leases of 2 h`, usual, 1, "%");
  } finally {
    await lab.close();
  }
}

/** @param {readonly { at: number }[]} renewals @param {number} from */
function most(renewals, from) {
  /** @type {Map<number, number>} */
  const seconds = new Map();
  for (const { at } of renewals) {
    const second = Math.floor((at - from) / 1000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...seconds.values());
}
