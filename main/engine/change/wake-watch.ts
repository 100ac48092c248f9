/**
 * Notices that time passed without us: the PC slept, the process was stopped, or the wall clock was set. Timers do
 * not run then, and on most systems the monotonic clock does not count sleep, so leases may have ended unseen.
 */
import type { Cancel, Clock } from "../environment.ts";

/** Milliseconds between looks. */
const TICK = 5000;
/** Milliseconds by which a look may come late before we call it a stop. */
const LATE = 10_000;
/** Milliseconds by which wall and monotonic clock may drift apart between two looks. */
const DRIFT = 2000;

export interface WakeWatchOptions {
  readonly clock: Clock;
  /**
   * `stopped`: this PC slept, or the process did not run, for `seconds`. `clock-jump`: the wall clock moved by `seconds`
   * on its own, or this PC slept where nothing tells the two apart.
   */
  readonly onWake: (kind: "stopped" | "clock-jump", seconds: number) => void;
}

export class WakeWatch {
  readonly #options: WakeWatchOptions;
  #timer: Cancel | null = null;
  #wall = 0;
  #monotonic = 0;
  #uptime = 0;

  constructor(options: WakeWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#remember();
    this.#wait();
  }

  stop(): void {
    this.#timer?.();
  }

  #wait(): void {
    this.#timer = this.#options.clock.after(TICK, () => {
      const { clock, onWake } = this.#options;
      const passed = clock.monotonic() - this.#monotonic;
      const jumped = clock.now() - this.#wall - passed;
      const slept = this.#sinceStart() - this.#uptime - passed;
      this.#remember();
      this.#wait();
      if (slept > DRIFT) onWake("stopped", slept / 1000);
      else if (Math.abs(jumped) > DRIFT) onWake("clock-jump", jumped / 1000);
      else if (passed > TICK + LATE) onWake("stopped", (passed - TICK) / 1000);
    });
  }

  #remember(): void {
    this.#wall = this.#options.clock.now();
    this.#monotonic = this.#options.clock.monotonic();
    this.#uptime = this.#sinceStart();
  }

  /** Where the system does not tell, as if it had never slept. */
  #sinceStart(): number {
    const { clock } = this.#options;
    return clock.uptime?.() ?? clock.monotonic();
  }
}
