/** What many mappings cost while they stand; on the lab's PC. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { defaultSettings } from "../../shared/settings.ts";
import { benchEngine, momentWhen, stayAlive } from "./bench-engine.ts";

export interface RenewalFigures {
  /** Milliseconds from the start until all stood. */
  readonly mapped: number;
  /** Per cent of one core, all threads, while none was renewed and while they were. */
  readonly restCpu: number;
  readonly busyCpu: number;
  /** Milliseconds since 1970 between which `busyCpu` was measured. */
  readonly from: number;
  readonly to: number;
  /** Mappings that stood at its end. */
  readonly standing: number;
}

const FIRST_PORT = 20_000;
/**
 * Milliseconds for the start to settle. V8 collects the garbage of 500 mappings, and of the loader of these files, up to
 * a minute later, once and for half a second.
 */
const SETTLE = 65_000;

/**
 * Opens `count` TCP ports at once, measures `restFor` seconds before the first renewal is due, and then `busyFor`
 * seconds from `busyAt` seconds after the start on.
 */
export async function renewMany(
  dataDirectory: string,
  count: number,
  restFor: number,
  busyAt: number,
  busyFor: number,
): Promise<RenewalFigures> {
  const exposures = Array.from({ length: count }, (_, at) => ({
    transport: "tcp",
    internalPort: FIRST_PORT + at,
    externalPort: null,
  }));
  writeFileSync(
    join(dataDirectory, "settings.json"),
    JSON.stringify({ ...defaultSettings, exposures }),
  );
  const letEnd = stayAlive();
  const start = performance.now();
  const engine = benchEngine(dataDirectory);
  const standing = (): number =>
    engine.snapshot.exposures.filter(({ state }) => state === "mapped").length;
  // Somebody listens, as the tray does.
  engine.subscribe(() => undefined);
  void engine.start();
  const mapped = (await momentWhen(engine, () => standing() === count)) - start;
  await delay(SETTLE);
  const restCpu = await percentOf(restFor);
  await delay(Math.max(0, start + busyAt * 1000 - performance.now()));
  const from = Date.now();
  const busyCpu = await percentOf(busyFor);
  const figures = { mapped, restCpu, busyCpu, from, to: Date.now(), standing: standing() };
  await engine.stop({ release: false });
  letEnd();
  return figures;
}

/** Of one core, over so many seconds from now on. */
async function percentOf(seconds: number): Promise<number> {
  const before = process.cpuUsage();
  const start = performance.now();
  await delay(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1000 / (performance.now() - start)) * 100;
}
