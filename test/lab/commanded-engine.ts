/** The engine on the lab's PC that carries out what the window would ask of it. */
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { SentCommand } from "./engine-errands.ts";
import { Headless } from "./headless.ts";
import type { Lab } from "./lab.mjs";
import { until } from "./until.mjs";

const errands = fileURLToPath(new URL("engine-errands.mjs", import.meta.url));

export class CommandedEngine extends Headless {
  constructor(lab: Lab, dataDirectory: string) {
    super(lab, [dataDirectory], errands);
  }

  /** What the router's table is, or what became of an entry, is told on standard error. */
  async ask(name: "routerTable" | "removeMapping", request?: unknown): Promise<unknown> {
    const before = this.stderr.length;
    this.execute(name, request);
    const answered = (): string | null => {
      const lines = this.stderr.slice(before).split("\n").slice(0, -1);
      return lines.find((line) => line.startsWith(`${name}: `)) ?? null;
    };
    const line = await until(`${name} is answered`, answered);
    return JSON.parse(line.slice(name.length + 2));
  }

  /** A refusal is told on standard error. */
  execute(name: SentCommand["name"], request?: unknown): void {
    const command: SentCommand = { name, request };
    (this.child.stdin as Writable).write(`${JSON.stringify(command)}\n`);
  }
}
