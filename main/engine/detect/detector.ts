/** Watches which programs listen on this PC. The per-OS work is behind `ListenerSource`. */
import type { Server } from "../../../shared/snapshot.ts";
import type { Cancel, Clock, Logger } from "../environment.ts";
import { SettledServers } from "./settled-servers.ts";

/** One look at the system's listening sockets, owners included. Sorted by transport, then port. */
export interface ListenerSource {
  /** Rejects when the system could not be asked; that says nothing about the servers. */
  scan(): Promise<readonly Server[]>;
  /** Milliseconds between two scans that suit this source; 500 when it says nothing. */
  readonly interval?: number;
}

export interface DetectorOptions {
  readonly source: ListenerSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds between two scans at rest, other than the source suggests. */
  readonly interval?: number;
}

/** Milliseconds to the scan that confirms what the one before saw for the first time. */
const confirmAfter = 120;
/** Confirming scans in a row before they fall back to the normal pace, so that churn costs no CPU. */
const mostConfirming = 3;
const longestRetry = 8000;

/**
 * Polls a source and tells when the settled list of servers changed. What listens at the start is known at once;
 * a server that appears later within `interval` + 120 ms and two scans.
 */
export class Detector {
  readonly #options: Required<DetectorOptions>;
  readonly #listeners = new Set<(servers: readonly Server[]) => void>();
  #settled: SettledServers;
  #timer: Cancel | null = null;
  /** Counts starts and stops: a scan that outlives its run must not report. */
  #run = 0;
  #confirming = 0;
  #failures = 0;
  #told = false;

  constructor(options: DetectorOptions) {
    this.#options = { interval: options.source.interval ?? 500, ...options };
    this.#settled = new SettledServers();
  }

  /** What listens, as last settled; the same object while nothing changes. */
  get servers(): readonly Server[] {
    return this.#settled.servers;
  }

  /** True after a scan failed: `servers` is then the last that was known. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Calls `listener` after the first scan and each change of `servers`; the answer unsubscribes. */
  onChange(listener: (servers: readonly Server[]) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#timer !== null) return;
    this.#run += 1;
    this.#settled = new SettledServers(this.#settled.servers);
    this.#schedule(0);
  }

  /** Ends polling; `servers` stays as it was. */
  stop(): void {
    this.#run += 1;
    this.#timer?.();
    this.#timer = null;
  }

  #schedule(delay: number): void {
    const run = this.#run;
    this.#timer = this.#options.clock.after(delay, () => void this.#scan(run));
  }

  async #scan(run: number): Promise<void> {
    const { source, clock, log, interval } = this.#options;
    let delay: number;
    try {
      const seen = await source.scan();
      if (run !== this.#run) return;
      this.#failures = 0;
      const { changed, unsettled } = this.#settled.update(seen, clock.monotonic());
      delay = this.#pace(unsettled);
      const news = changed || !this.#told;
      this.#told = true;
      if (news) for (const listener of this.#listeners) listener(this.servers);
    } catch (error) {
      if (run !== this.#run) return;
      this.#failures += 1;
      delay = Math.min(interval * 2 ** this.#failures, longestRetry);
      if (this.#failures === 1)
        log.warn("listening sockets could not be read", { why: String(error) });
    }
    // A listener may have stopped us.
    if (run === this.#run) this.#schedule(delay);
  }

  #pace(unsettled: boolean): number {
    this.#confirming = unsettled ? this.#confirming + 1 : 0;
    return unsettled && this.#confirming <= mostConfirming ? confirmAfter : this.#options.interval;
  }
}
