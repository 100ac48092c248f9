/**
 * The way to one gateway's control point: found when it is needed, found again when it moved, and used by one
 * action at a time, because the daemons of small routers hang under more
 * (https://github.com/RunOnFlux/flux/pull/1538).
 */
import type { Cancel, Environment } from "../../../environment.ts";
import type { OnQueued } from "../../port-mapper.ts";
import { ProbePace } from "../../probe-pace.ts";
import { Turns } from "../../turns.ts";
import type { ActionFailure } from "./action.ts";

export type Unreachable = Extract<ActionFailure, { kind: "unreachable" }>;

/** Times in a row that nothing is heard until it is searched anew, which takes more datagrams than to ask again. */
const MOST_SILENCES = 2;
/** Milliseconds between searches for a gateway that does not answer: 1 s, doubling to 1 min. */
const SEARCH_AGAIN_FIRST = 1000;
const SEARCH_AGAIN_MOST = 60_000;

/** `C`: what is found, e.g. an `IgdControl`. */
export class ControlLink<C> {
  readonly #environment: Environment;
  readonly #search: (signal: AbortSignal, pace: ProbePace) => Promise<C | null>;
  readonly #closed = new AbortController();
  #control: C | null = null;
  /** Tasks in a row that heard nothing. */
  #silences = 0;
  #discovery: Promise<C | null> | null = null;
  readonly #turns: Turns;

  /** `search` resolves to null when nothing that fits answered. */
  constructor(
    environment: Environment,
    search: (signal: AbortSignal, pace: ProbePace) => Promise<C | null>,
  ) {
    this.#environment = environment;
    this.#search = search;
    this.#turns = new Turns({ clock: environment.clock, atOnce: 1 });
  }

  /** Aborts when the link is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The control point, while one is known. */
  get control(): C | null {
    return this.#control;
  }

  /** The control point; null when nothing answered a search. Rejects with the signal's or the system's error. */
  async #find(signal: AbortSignal, pace?: ProbePace): Promise<C | null> {
    if (this.#control !== null) return this.#control;
    // One search for all who wait for it.
    this.#discovery ??= this.#discover(pace);
    return within(this.#discovery, this.#until(signal));
  }

  /** Whether there is a control point; false also while the system cannot send. Rejects with the signal's reason. */
  async isThere(signal: AbortSignal, pace?: ProbePace): Promise<boolean> {
    return (await this.#findQuietly(this.#until(signal), pace)) !== null;
  }

  /**
   * Runs `task` once, in its turn. Null when there is no control point, or it could not be reached: it is searched
   * anew next time then, unless it was silent for the first time. Rejects with the signal's reason.
   */
  async once<T extends { readonly kind: string }>(
    signal: AbortSignal,
    task: (control: C, signal: AbortSignal) => Promise<T | Unreachable>,
    onQueued?: OnQueued,
  ): Promise<T | null> {
    const both = this.#until(signal);
    return this.#inTurn(both, onQueued, async () => {
      const control = await this.#findQuietly(both);
      if (control === null) return null;
      const result = await task(control, both);
      if (!isUnreachable(result)) {
        this.#silences = 0;
        return result;
      }
      this.#silences = result.silent === true ? this.#silences + 1 : MOST_SILENCES;
      if (this.#silences < MOST_SILENCES) return null;
      this.#silences = 0;
      this.#environment.log.info("upnp control point lost", { detail: result.detail });
      if (this.#control === control) this.#control = null;
      return null;
    });
  }

  /** Like `once`, but searches again until the gateway is reached. */
  async untilReached<T extends { readonly kind: string }>(
    signal: AbortSignal,
    task: (control: C, signal: AbortSignal) => Promise<T | Unreachable>,
    onQueued?: OnQueued,
  ): Promise<T> {
    let wait = 0;
    for (;;) {
      const result = await this.once(signal, task, onQueued);
      if (result !== null) return result;
      await this.#pause(wait, this.#until(signal));
      wait = Math.min(Math.max(2 * wait, SEARCH_AGAIN_FIRST), SEARCH_AGAIN_MOST);
    }
  }

  /** The network changed: what was found may be gone, and our own address another. */
  reset(): void {
    this.#control = null;
    this.#discovery = null;
  }

  close(): void {
    this.#closed.abort(new Error("the UPnP client was closed"));
  }

  #discover(pace = new ProbePace(this.#environment.clock)): Promise<C | null> {
    const discovery = this.#search(this.#closed.signal, pace).then((control) => {
      if (this.#discovery === discovery) this.#control = control;
      return control;
    });
    const over = (): void => {
      if (this.#discovery === discovery) this.#discovery = null;
    };
    discovery.then(over, over);
    return discovery;
  }

  async #findQuietly(signal: AbortSignal, pace?: ProbePace): Promise<C | null> {
    try {
      return await this.#find(signal, pace);
    } catch (error) {
      signal.throwIfAborted();
      // No way to the gateway at the moment, as the system says.
      this.#environment.log.debug("upnp search", { error: String(error) });
      return null;
    }
  }

  async #inTurn<T>(
    signal: AbortSignal,
    onQueued: OnQueued | undefined,
    task: () => Promise<T>,
  ): Promise<T> {
    let leave: Cancel = () => undefined;
    const begun = new Promise<void>((resolve) => {
      leave = this.#turns.take(resolve, onQueued);
    });
    try {
      await within(begun, signal);
      return await task();
    } finally {
      leave();
    }
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    let cancel: Cancel = () => undefined;
    const passed = new Promise<void>((resolve) => {
      cancel = this.#environment.clock.after(milliseconds, resolve);
    });
    await within(passed, signal).finally(cancel);
  }

  #until(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closed.signal]);
  }
}

function isUnreachable(result: { readonly kind: string }): result is Unreachable {
  return result.kind === "unreachable";
}

/** `promise`, or the signal's reason if that comes first. */
function within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.finally(() => signal.removeEventListener("abort", abort)).then(resolve, reject);
  });
}
