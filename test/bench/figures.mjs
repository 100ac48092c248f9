/** How the benchmark writes its figures. */

/**
 * The value below which a share of all lies.
 * @param {readonly number[]} values
 * @param {number} share from 0, the least, to 1, the greatest
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * Median, best and worst of milliseconds.
 * @param {readonly number[]} times
 */
export function figures(times) {
  const at = (/** @type {number} */ share) => quantile(times, share).toFixed(1);
  return `median ${at(0.5)}, best ${at(0)}, worst ${at(1)}`;
}

/**
 * Median, nine tenths and worst of milliseconds.
 * @param {readonly number[]} times
 */
export function distribution(times) {
  const at = (/** @type {number} */ share) => quantile(times, share).toFixed(1);
  return `median ${at(0.5)}, 9 of 10 within ${at(0.9)}, worst ${at(1)}`;
}

/**
 * One line under a heading.
 * @param {string} name
 * @param {string} text
 */
export function line(name, text) {
  console.log(`  ${name.padEnd(30)} ${text}`);
}
