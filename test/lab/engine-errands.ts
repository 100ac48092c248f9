/** The engine inside the lab, with the commands of the window: JSON lines come in, snapshots go out as when headless. */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createEngine } from "../../main/engine/create-engine.ts";
import type { EngineCommand } from "../../main/engine/engine.ts";
import { FileSettingsStore } from "../../main/engine/files/settings-file.ts";
import { createLogger } from "../../main/engine/system/system-environment.ts";
import { requests } from "../../shared/contract.ts";

/** `request` is checked by the contract, as in the app. */
export interface SentCommand {
  readonly name:
    | Extract<EngineCommand, "expose" | "withdraw" | "refreshServers" | "updateSettings">
    | "routerTable"
    | "removeMapping";
  readonly request?: unknown;
}

export async function runEngine(dataDirectory: string): Promise<void> {
  const engine = createEngine({
    settings: new FileSettingsStore(join(dataDirectory, "settings.json")),
    dataDirectory,
    log: createLogger("warn", (line) => process.stderr.write(line)),
  });
  engine.subscribe((snapshot) => process.stdout.write(`${JSON.stringify(snapshot)}\n`));
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { name, request } = JSON.parse(line) as SentCommand;
    const tell = (told: unknown): void =>
      void process.stderr.write(`${name}: ${JSON.stringify(told)}\n`);
    if (name === "routerTable") return void engine.routerTable().then(tell);
    if (name === "removeMapping") {
      return void engine.removeMapping(requests.removeMapping.parse(request)).then(tell);
    }
    const result = engine.execute(name, requests[name].parse(request));
    if (!result.ok) tell(result.error);
  });
  await engine.start();
}
