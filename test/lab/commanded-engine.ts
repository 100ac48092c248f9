/** The engine on the lab's PC that carries out what the window would ask of it. */
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { SentCommand } from "./engine-errands.ts";
import { Headless } from "./headless.ts";
import type { Lab } from "./lab.mjs";

const errands = fileURLToPath(new URL("engine-errands.mjs", import.meta.url));

export class CommandedEngine extends Headless {
  constructor(lab: Lab, dataDirectory: string) {
    super(lab, [dataDirectory], errands);
  }

  /** A refusal is told on standard error. */
  execute(name: SentCommand["name"], request?: unknown): void {
    const command: SentCommand = { name, request };
    (this.child.stdin as Writable).write(`${JSON.stringify(command)}\n`);
  }
}
