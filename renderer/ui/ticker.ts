/** One clock for all countdowns. It stands still while nobody looks: no subscriber, or a hidden window. */
import { useSyncExternalStore } from "react";

const SECOND = 1000;

class Ticker {
  readonly #document: Document;
  readonly #listeners = new Set<() => void>();
  #now = Date.now();
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(document: Document) {
    this.#document = document;
  }

  /** Wall-clock milliseconds of the last tick. */
  readonly now = (): number => this.#now;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) {
      this.#document.addEventListener("visibilitychange", this.#update);
    }
    this.#listeners.add(listener);
    this.#update();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#document.removeEventListener("visibilitychange", this.#update);
      this.#stop();
    };
  };

  readonly #update = (): void => {
    if (this.#document.hidden) return this.#stop();
    if (this.#timer !== null) return;
    this.#timer = setInterval(this.#tick, SECOND);
    this.#tick();
  };

  readonly #tick = (): void => {
    this.#now = Date.now();
    for (const listener of this.#listeners) listener();
  };

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

const ticker = new Ticker(document);

/** The time in wall-clock milliseconds, once a second while the window is seen. */
export function useNow(): number {
  return useSyncExternalStore(ticker.subscribe, ticker.now);
}
