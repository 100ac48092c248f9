/** What every e2e test file needs: the lab it runs in, a data folder, and apps that end with the test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach } from "vitest";
import { Lab } from "../lab/lab.mjs";
import type { Transport } from "../../shared/snapshot.ts";
import { executable, root, RunningApp, temporaryData } from "./running-app.ts";

export class Desktop {
  readonly lab = Lab.attach();
  data = { directory: "", remove: (): void => undefined };
  #apps: RunningApp[] = [];
  #stops: (() => Promise<unknown>)[] = [];

  async start(words: readonly string[] = []): Promise<RunningApp> {
    const app = await RunningApp.start(this.data.directory, words);
    this.#apps.push(app);
    return app;
  }

  async serve(transport: Transport, port: number, text: string): Promise<{ listeningAt: number }> {
    const serving = await this.lab.serve(transport, port, text);
    this.#stops.push(serving.stop);
    return serving;
  }

  /** Runs at the end of the test. */
  atEnd(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }

  /** Starts the app once more while it runs; the answer is the exit code. */
  async startAgain(): Promise<number | null> {
    const words = ["--no-sandbox", root, `--user-data-dir=${this.data.directory}`];
    const [code] = (await once(spawn(executable(), words, { stdio: "ignore" }), "exit")) as [
      number | null,
    ];
    return code;
  }

  open(): void {
    this.data = temporaryData();
  }

  async close(): Promise<void> {
    await Promise.all(this.#apps.splice(0).map((app) => app.kill()));
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
    this.data.remove();
    // The next test finds a router without mappings.
    await this.lab.restartGateway({ forget: true });
  }
}

/** Call it in a `describe`. */
export function useDesktop(): Desktop {
  const desktop = new Desktop();
  beforeEach(() => desktop.open());
  afterEach(() => desktop.close());
  return desktop;
}
