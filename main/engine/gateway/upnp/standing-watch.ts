/** The regular look at what stands on a gateway that tells nobody when it forgets. */
import type { Cancel, Environment } from "../../environment.ts";

export interface StandingWatchOptions {
  readonly environment: Pick<Environment, "clock" | "log">;
  /** Milliseconds from the end of a look to the next. */
  readonly every: number;
  /** False once there is nothing left to look at: the watch goes to sleep. */
  readonly isNeeded: () => boolean;
  readonly look: () => Promise<void>;
}

export class StandingWatch {
  readonly #options: StandingWatchOptions;
  #timer: Cancel | null = null;
  #ended = false;

  constructor(options: StandingWatchOptions) {
    this.#options = options;
  }

  /** Looks from now on, unless it does so already. */
  wake(): void {
    if (this.#ended) return;
    const { clock } = this.#options.environment;
    this.#timer ??= clock.after(this.#options.every, () => void this.#due());
  }

  close(): void {
    this.#ended = true;
    this.#timer?.();
  }

  async #due(): Promise<void> {
    const { environment, isNeeded, look } = this.#options;
    this.#timer = null;
    if (!isNeeded()) return;
    try {
      await look();
    } catch (error) {
      environment.log.debug("upnp watch", { error: String(error) });
    }
    this.wake();
  }
}
