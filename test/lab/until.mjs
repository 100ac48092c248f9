/** Waiting for something that gives no notice. */
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds: a machine that is slow and busy fails nothing; the tests are about what comes, not about how soon. */
const PATIENCE = 60_000;

/**
 * Asks again and again until the answer is neither null nor false, and returns it.
 * @template T
 * @param {string} what for the error, e.g. "the router answers"
 * @param {() => T | null | false | Promise<T | null | false>} ask
 * @param {number} [patience] milliseconds until it throws
 * @returns {Promise<T>}
 */
export async function until(what, ask, patience = PATIENCE) {
  const end = performance.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await delay(10);
  }
}
