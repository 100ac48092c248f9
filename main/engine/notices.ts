/** What the user is to be told once, until it is dismissed; one of each kind. */
import type { Notice } from "../../shared/snapshot.ts";

export class Notices {
  readonly #onChange: () => void;
  #all: readonly Notice[] = [];

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get all(): readonly Notice[] {
    return this.#all;
  }

  /** What the start of a run has to tell. */
  begin(notices: readonly Notice[]): void {
    this.#all = [...this.#all, ...notices];
  }

  add(notice: Notice): void {
    this.#all = [...this.#all.filter(({ id }) => id !== notice.id), notice];
    this.#onChange();
  }

  dismiss(id: string): void {
    this.#all = this.#all.filter((notice) => notice.id !== id);
    this.#onChange();
  }
}
