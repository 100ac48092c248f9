/** What must happen before a process ends, however it does. */

/**
 * Calls `act` when the process exits or is interrupted; it must be synchronous.
 * @param {() => void} act
 * @returns {() => void} calls it now, and not at the exit
 */
export function atExit(act) {
  const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  const once = () => {
    process.removeListener("exit", once);
    for (const signal of signals) process.removeListener(signal, onSignal);
    act();
  };
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    // Who else listens decides when to exit, and then the exit handler does it.
    if (process.listeners(signal).some((listener) => !ours.has(listener))) return;
    once();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  ours.add(onSignal);
  process.once("exit", once);
  for (const signal of signals) process.on(signal, onSignal);
  return once;
}

/** Our own listeners: several labs of a process do not wait for each other. */
const ours = new WeakSet();
