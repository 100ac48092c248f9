/** How the benchmark writes its figures. */

/**
 * Median, best and worst of milliseconds.
 * @param {readonly number[]} times
 */
export function figures(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return `median ${at(0.5).toFixed(1)}, best ${at(0).toFixed(1)}, worst ${at(1).toFixed(1)}`;
}
