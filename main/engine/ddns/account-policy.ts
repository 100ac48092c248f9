/** When one account may be asked, and each of its names: `policy.ts` with the state that the book keeps. */
import type { Problem } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import type { NameBook } from "./name-book.ts";
import {
  freshPolicy,
  type Limits,
  mayAsk,
  networkChanged,
  noteRefusal,
  noteSent,
  noteSuccess,
  type PolicyState,
  rearm,
} from "./policy.ts";
import type { Refusal } from "./refusal.ts";

export interface AccountPolicyOptions {
  readonly environment: Environment;
  readonly book: NameBook;
  /** Of the account. */
  readonly id: string;
}

/** Wall clock milliseconds from which may be asked, and why not before; null when not at all. */
export interface Wait {
  readonly until: number | null;
  readonly problem: Problem | null;
}

export class AccountPolicy {
  readonly #options: AccountPolicyOptions;

  constructor(options: AccountPolicyOptions) {
    this.#options = options;
  }

  /** A request is about to be sent; on disk before it is, so that a crash cannot make it forgotten. Throws. */
  sending(limits: Limits): void {
    const { environment, book } = this.#options;
    this.#put(noteSent(this.#state, limits, environment.clock.now()));
    book.save();
  }

  succeeded(): void {
    this.#put(noteSuccess(this.#state));
  }

  refused(refusal: Refusal, limits: Limits): void {
    this.#put(this.after(this.#state, refusal, limits));
  }

  /** The account or its secret was edited. */
  rearm(): void {
    this.#put(rearm(this.#state));
  }

  networkChanged(): void {
    this.#put(networkChanged(this.#state));
  }

  /** The state of a name after a refusal that is about it alone. */
  after(state: PolicyState, refusal: Refusal, limits: Limits): PolicyState {
    const { clock, random } = this.#options.environment;
    return noteRefusal(state, refusal, limits, clock.now(), random.fraction());
  }

  /** Until both the account and a name of it, in state `name`, may be asked. */
  wait(name: PolicyState, limits: Limits): Wait {
    const now = this.#options.environment.clock.now();
    const permissions = [
      mayAsk(this.#state, limits, now),
      // Requests are counted for the account.
      mayAsk(name, { ...limits, rates: [] }, now),
    ];
    for (const permission of permissions) {
      if (permission.kind === "stopped") return { until: null, problem: permission.problem };
    }
    const waits = permissions.flatMap((one) => (one.kind === "wait" ? [one] : []));
    const longest = waits.toSorted((a, b) => b.until - a.until)[0];
    return { until: longest?.until ?? now, problem: longest?.problem ?? null };
  }

  get #state(): PolicyState {
    const { book, id } = this.#options;
    return book.account(id)?.policy ?? freshPolicy;
  }

  #put(policy: PolicyState): void {
    const { book, id } = this.#options;
    const entry = book.account(id);
    if (entry !== null && JSON.stringify(entry.policy) === JSON.stringify(policy)) return;
    book.putAccount({ ...(entry ?? { id, refused: null }), policy });
  }
}
