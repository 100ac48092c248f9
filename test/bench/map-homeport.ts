/** Our engine as the benchmark's client: created, started, asked, and mapped. */
import { join } from "node:path";
import { createEngine } from "../../main/engine/create-engine.ts";
import { FileSettingsStore } from "../../main/engine/files/settings-file.ts";
import { createLogger } from "../../main/engine/system-environment.ts";

/** Resolves once `port` (TCP) is mapped; the answer closes it and stops. */
export async function mapOnce(port: number, dataDirectory: string): Promise<() => Promise<void>> {
  const engine = createEngine({
    settings: new FileSettingsStore(join(dataDirectory, "settings.json")),
    dataDirectory,
    log: createLogger("warn", (line) => process.stderr.write(line)),
  });
  const mapped = new Promise<void>((resolve, reject) => {
    engine.subscribe(({ exposures }) => {
      const [exposure] = exposures;
      if (exposure?.state === "mapped") resolve();
      if (exposure?.state === "failed") reject(new Error(exposure.error?.message));
    });
  });
  // The engine's timers do not keep a process alive.
  const alive = setInterval(() => undefined, 1000);
  void engine.start();
  engine.execute("expose", { transport: "tcp", internalPort: port, externalPort: null });
  await mapped;
  return async () => {
    await engine.stop({ release: true });
    clearInterval(alive);
  };
}
