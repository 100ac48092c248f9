/** Measures detection at rest in a process of its own, bundled like the app; `recognition` as argument adds that. */
import { measureRest } from "./detect-live.ts";

// The detector's timers do not keep a process alive.
setInterval(() => undefined, 1000);
const figures = await measureRest(process.argv.includes("recognition"));
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
