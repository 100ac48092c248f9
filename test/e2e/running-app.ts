/** The real app in the real Electron, driven as a person would. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { _electron, type ElectronApplication, type Locator, type Page } from "playwright-core";
import type { Transport } from "../../shared/snapshot.ts";

/** The app's folder. */
export const root = join(import.meta.dirname, "../..");

/** Milliseconds in which it has to do what is asked. */
const PATIENCE = 60_000;

export class RunningApp {
  readonly electron: ElectronApplication;
  readonly page: Page;
  /** Kept, because Playwright forgets it when the app ends. */
  readonly process: ChildProcess;

  constructor(electron: ElectronApplication, page: Page) {
    this.electron = electron;
    this.page = page;
    this.process = electron.process();
  }

  /** Starts the app with this data folder and waits for its window. */
  static async start(dataDirectory: string, words: readonly string[] = []): Promise<RunningApp> {
    const electron = await _electron.launch({
      executablePath: executable(),
      args: ["--no-sandbox", root, `--user-data-dir=${dataDirectory}`, ...words],
      env: { ...process.env } as Record<string, string>,
      timeout: 120_000,
    });
    const page = await electron.firstWindow();
    page.setDefaultTimeout(PATIENCE);
    await page.getByRole("heading", { name: "Homeport" }).waitFor();
    return new RunningApp(electron, page);
  }

  server(transport: Transport, port: number): Locator {
    return this.page.getByTestId(`server-${transport}-${port}`);
  }

  /** Resolves as soon as the server's row is there; a locator would look again only every half second. */
  async sees(transport: Transport, port: number): Promise<void> {
    const selector = `[data-testid="server-${transport}-${port}"]`;
    await this.page.waitForFunction((row) => document.querySelector(row) !== null, selector, {
      polling: 10,
    });
  }

  exposure(transport: Transport, port: number): Locator {
    return this.page.getByTestId(`exposure-${transport}-${port}`);
  }

  /** Clicks Expose beside a found server and answers the endpoint that the window shows then. */
  async expose(transport: Transport, port: number): Promise<{ address: string; port: number }> {
    await this.server(transport, port)
      .getByRole("button", { name: /^Expose / })
      .click();
    return this.endpoint(transport, port);
  }

  async endpoint(transport: Transport, port: number): Promise<{ address: string; port: number }> {
    const card = this.exposure(transport, port);
    await card.and(this.page.locator('[data-state="mapped"]')).waitFor();
    const shown = await card.getByTestId("endpoint").innerText();
    const match = /^([\d.]+):(\d+)$/.exec(shown.trim());
    if (match === null) throw new Error(`the window shows no endpoint: ${shown}`);
    return { address: match[1] ?? "", port: Number(match[2]) };
  }

  /** Resolves with how the process ended. */
  async ended(): Promise<{ code: number | null; signal: string | null }> {
    const { process } = this;
    if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
    return { code: process.exitCode, signal: process.signalCode };
  }

  async kill(): Promise<void> {
    // Playwright gave it a process group of its own; its helpers would write into the data folder a while longer.
    if (this.process.pid !== undefined) signalGroup(this.process.pid, "SIGKILL");
    await this.ended();
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended already.
  }
}

/** A new data folder; `remove` deletes it. */
export function temporaryData(): { directory: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "homeport-data-"));
  return {
    directory,
    remove: () =>
      rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

export function executable(): string {
  const path = process.env["HOMEPORT_ELECTRON"];
  if (path === undefined) throw new Error("run the e2e tests with node test/e2e/launch.mjs");
  return path;
}
