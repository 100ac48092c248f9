/** Sends our PCP client on errands inside the lab, one question at a time, without the engine around it. */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { GatewayRef } from "../../main/engine/gateway/port-mapper.ts";
import type { Lab } from "./lab.mjs";
import type { Errand, Told } from "./pcp-errands.ts";

const script = fileURLToPath(new URL("pcp-errands.mjs", import.meta.url));

export class PcpAsker {
  /** What was heard and believed, in order: `heard <address>`, `lost <signal>`. */
  readonly events: string[] = [];
  readonly #child: ReturnType<Lab["spawn"]>;
  readonly #ended: Promise<void>;
  readonly #open = new Map<number, (outcome: unknown) => void>();
  #last = 0;

  constructor(lab: Lab) {
    const child = lab.spawn("pc", process.execPath, [script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()));
    createInterface({ input: child.stdout as Readable }).on("line", (line) => {
      const told = JSON.parse(line) as Told;
      if ("event" in told) this.events.push(`${told.event} ${told.detail}`);
      else this.#open.get(told.id)?.(told.outcome);
    });
  }

  ask(gateway: GatewayRef, errand: Errand): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    (this.#child.stdin as Writable).write(`${JSON.stringify({ id, gateway, errand })}\n`);
    return new Promise((resolve) => this.#open.set(id, resolve));
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
