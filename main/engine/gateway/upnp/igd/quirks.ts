/** The ways of one gateway that cost a request each time they are found out anew. */

import type { SearchWay } from "../device/search.ts";

/** Each absent where it is not known, or not so. */
export interface KnownQuirks {
  /** Seconds of the lease that it takes in place of the wished one; 0 is permanent. */
  readonly lease?: number | undefined;
  /** The port outside has to be the one inside (724). */
  readonly samePort?: boolean | undefined;
  /** It denies single entries, or does not know the question, and shows them in its list (https://github.com/ofekp/TinyUPnP/issues/69). */
  readonly listOnly?: boolean | undefined;
  /** It does not know AddAnyPortMapping, which its version has. */
  readonly picksNoPort?: boolean | undefined;
  /** The only kind of search that it was found by. */
  readonly search?: SearchWay | undefined;
}

/** Where they outlive the run. */
export interface QuirkStore {
  recall(): KnownQuirks;
  /** All that are known now, in place of what was. */
  note(quirks: KnownQuirks): void;
}

export class Quirks {
  readonly #store: QuirkStore | null;
  /** Found out in this run; undefined stands for disproved. */
  #learned: KnownQuirks = {};

  constructor(store: QuirkStore | null = null) {
    this.#store = store;
  }

  get known(): KnownQuirks {
    return { ...this.#store?.recall(), ...this.#learned };
  }

  /** Takes in what was found; undefined disproves. */
  learn(found: KnownQuirks): void {
    this.#learned = { ...this.#learned, ...found };
    this.#store?.note(this.known);
  }
}
