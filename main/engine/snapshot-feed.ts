/** The snapshots that come out of the engine: each immutable, numbered, and different from the one before. */
import type { Snapshot } from "../../shared/snapshot.ts";

export class SnapshotFeed {
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #current: Snapshot;
  /** Of the current one, to tell whether the next one is news. */
  #content: string;

  constructor(first: Snapshot) {
    this.#current = first;
    this.#content = contentOf(first);
  }

  get current(): Snapshot {
    return this.#current;
  }

  /** Calls `listener` with each snapshot from now on; the answer unsubscribes. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells what `compose` makes under the next number, where that is news. */
  publish(compose: (revision: number) => Snapshot): void {
    const next = compose(this.#current.revision + 1);
    const content = contentOf(next);
    if (content === this.#content) return;
    this.#content = content;
    this.#current = next;
    for (const listener of this.#listeners) listener(next);
  }
}

/** Two snapshots that differ in nothing but their revision have the same. */
function contentOf(snapshot: Snapshot): string {
  return JSON.stringify({ ...snapshot, revision: 0 });
}
