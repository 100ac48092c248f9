/** Our engine in the real world, as the benchmark runs it. */
import { join } from "node:path";
import { createEngine } from "../../main/engine/create-engine.ts";
import type { Engine } from "../../main/engine/engine.ts";
import { FileSettingsStore } from "../../main/engine/files/settings-file.ts";
import { createLogger } from "../../main/engine/system/system-environment.ts";
import type { Snapshot } from "../../shared/snapshot.ts";

export function benchEngine(dataDirectory: string): Engine {
  return createEngine({
    settings: new FileSettingsStore(join(dataDirectory, "settings.json")),
    dataDirectory,
    log: createLogger("warn", (line) => process.stderr.write(line)),
  });
}

/** Milliseconds of `performance.now()` when a snapshot first was so. Rejects with what `isSo` throws. */
export function momentWhen(engine: Engine, isSo: (snapshot: Snapshot) => boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const unsubscribe = engine.subscribe((snapshot) => {
      try {
        if (!isSo(snapshot)) return;
        resolve(performance.now());
      } catch (error) {
        reject(error);
      }
      unsubscribe();
    });
  });
}

/** The engine's timers do not keep a process alive; the answer lets it end. */
export function stayAlive(): () => void {
  const timer = setInterval(() => undefined, 1000);
  return () => clearInterval(timer);
}

/** `snapshot` shows that this TCP port is open. Throws when it cannot be opened. */
export function isMapped({ exposures }: Snapshot, port: number): boolean {
  const exposure = exposures.find(({ internalPort }) => internalPort === port);
  if (exposure?.state === "failed") throw new Error(exposure.error?.message);
  return exposure?.state === "mapped";
}
