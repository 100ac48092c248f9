/** What must happen before a process ends, however it does. */

const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/** @type {Set<() => void>} */
const acts = new Set();

/**
 * Calls `act` when the process exits or is interrupted; it must be synchronous.
 * @param {() => void} act
 * @returns {() => void} calls it now, and not at the exit
 */
export function atExit(act) {
  if (acts.size === 0) {
    process.on("exit", actAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size === 0) stopListening();
    act();
  };
}

function actAll() {
  for (const act of acts) act();
  acts.clear();
}

/** @param {NodeJS.Signals} signal */
function onSignal(signal) {
  // Who else listens decides when to exit, and then the exit handler does it.
  if (process.listenerCount(signal) > 1) return;
  actAll();
  stopListening();
  process.kill(process.pid, signal);
}

function stopListening() {
  process.removeListener("exit", actAll);
  for (const signal of signals) process.removeListener(signal, onSignal);
}
