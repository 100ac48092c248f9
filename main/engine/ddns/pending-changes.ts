/** What is to be written of a name: the difference, and what the provider would forget otherwise. */
import type { Clock } from "../environment.ts";
import { changesBetween } from "./changes.ts";
import type { NameEntry } from "./name-book.ts";
import type { NamePlan } from "./plan.ts";
import type { RrsetChange, SetData } from "./rrset.ts";

const DAY = 86_400_000;

export class PendingChanges {
  readonly #clock: Clock;
  /** What the changes were last worked out from; views ask for them again and again. */
  #from: readonly unknown[] = [null];
  #known: readonly RrsetChange[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `actual` is what was read at the provider; `keepAliveDays` after which it forgets a name nobody updates. */
  of(
    entry: NameEntry,
    plan: NamePlan | null,
    actual: ReadonlyMap<string, readonly SetData[]> | null,
    keepAliveDays: number | null,
  ): readonly RrsetChange[] {
    if (plan === null) return [];
    const from = [entry.published, plan.rrsets, actual] as const;
    if (this.#from.some((part, index) => part !== from[index])) {
      this.#from = from;
      this.#known = changesBetween(...from);
    }
    return this.#known.length === 0 && this.#isExpiring(entry, keepAliveDays)
      ? refresh(entry)
      : this.#known;
  }

  #isExpiring({ lastChange }: NameEntry, days: number | null): boolean {
    if (days === null || lastChange === null) return false;
    return this.#clock.now() - Date.parse(lastChange) > days * DAY;
  }
}

/** The addresses as they are, once more. */
function refresh({ published }: NameEntry): readonly RrsetChange[] {
  return published
    .filter(({ type }) => type === "A" || type === "AAAA")
    .map(({ name, type, ttl, data }) => ({ name, type, ttl, before: data, after: data }));
}
