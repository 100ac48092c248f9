/** Whether an exposure that follows its server is to be open: at once when the server's socket comes, until some time after it went. */
import type { Cancel, Clock } from "../environment.ts";

export interface ServerFollowerOptions {
  readonly clock: Clock;
  /** Milliseconds from the socket's end to the closing; asked for each time. */
  readonly closeAfter: () => number;
  /** False while the last look at the sockets failed: what was seen before says nothing about now. */
  readonly canTell: () => boolean;
  /** Whether it is open already; what is open is never closed without its time. */
  readonly open: boolean;
  /** What the last look told; null before the first. */
  readonly listening: boolean | null;
  /** `state` changed. */
  readonly onChange: () => void;
}

/** `undecided` before anything is known: nothing is opened, and what stands is left. */
type FollowerState = "undecided" | "open" | "closed";

/** Milliseconds after which a PC whose sockets were never seen counts as one where they cannot be. */
export const FIRST_LOOK = 10_000;

export class ServerFollower {
  readonly #options: ServerFollowerOptions;
  #state: FollowerState;
  /** To the closing while open, to the end of waiting for a first look while undecided. */
  #timer: Cancel | null = null;

  constructor(options: ServerFollowerOptions) {
    this.#options = options;
    const { open, listening, clock } = options;
    if (open || listening === true) this.#state = "open";
    else this.#state = listening === null ? "undecided" : "closed";
    if (open && listening === false) this.#closeLater();
    // Where nothing can be seen, waiting would have no end; the user wants it open.
    if (this.#state === "undecided") {
      this.#timer = clock.after(FIRST_LOOK, () => this.#become("open"));
    }
  }

  get state(): FollowerState {
    return this.#state;
  }

  /** What a successful look at the sockets told. */
  see(listening: boolean): void {
    if (listening) this.#become("open");
    else if (this.#state === "undecided") this.#become("closed");
    else if (this.#state === "open" && this.#timer === null) this.#closeLater();
  }

  stop(): void {
    this.#stopTimer();
  }

  #closeLater(): void {
    const { clock, closeAfter, canTell } = this.#options;
    this.#timer = clock.after(closeAfter(), () => {
      // It may have come back unseen: the time begins anew.
      if (canTell()) this.#become("closed");
      else this.#closeLater();
    });
  }

  #become(state: FollowerState): void {
    this.#stopTimer();
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onChange();
  }

  #stopTimer(): void {
    this.#timer?.();
    this.#timer = null;
  }
}
