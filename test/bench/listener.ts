/** Another process that listens when it is told to: a server that is started while others run. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { type Interface, createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Each line on stdin is `listen` or `close`; each is answered by a line, the first by the port. */
const program = `
let server;
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "close") server.close(() => console.log("closed"));
  else server = require("node:net").createServer().listen(0, "127.0.0.1", () => console.log(server.address().port));
}).on("close", () => process.exit());
`;

export class Listener {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, lines: Interface) {
    this.#child = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async start(): Promise<Listener> {
    const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child, "spawn");
    return new Listener(child, createInterface({ input: child.stdout }));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Opens a TCP port and tells which. */
  async listen(): Promise<number> {
    return Number(await this.#ask("listen"));
  }

  async close(): Promise<void> {
    await this.#ask("close");
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.stdin.end();
    await exit;
  }

  async #ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the listener ended");
    return value;
  }
}
