/** What has to be reached, beside what was measured. */

/**
 * @typedef {object} Limit
 * @property {string} what
 * @property {number} measured
 * @property {number} limit both in `unit`
 * @property {string} unit
 */

/** @type {Limit[]} */
const limits = [];

/**
 * Notes a figure that has a limit.
 * @param {string} what
 * @param {number} measured
 * @param {number} limit
 * @param {string} [unit]
 */
export function limited(what, measured, limit, unit = "ms") {
  limits.push({ what, measured, limit, unit });
}

/** Prints all that were noted. */
export function printLimits() {
  console.log("\nWhat has to be reached");
  for (const { what, measured, limit, unit } of limits) {
    const figure = `${measured.toFixed(measured < 10 ? 2 : 0)} ${unit}`;
    const verdict = measured <= limit ? "met" : "NOT MET";
    console.log(`  ${what.padEnd(58)} ${figure.padStart(9)}   limit ${limit} ${unit}: ${verdict}`);
  }
}
