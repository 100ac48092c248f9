/** npm runs a script in a shell, and a signal for npm ends the shell alone: we notice by having no parent left. */

/** Milliseconds between looks. */
const LOOK = 500;

/**
 * Calls `then` once when the process that started us is gone.
 * @param {() => void} then
 */
export function whenOrphaned(then) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, LOOK);
  timer.unref();
}
