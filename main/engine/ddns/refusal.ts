/** What a provider says when it does not do as asked. */
import type { Problem } from "../../../shared/snapshot.ts";

/** `account`: holds for everything in the account. */
type Scope = "account" | "name";

export type Refusal =
  /** Asking again is useless, or abuse, until the user does something. */
  | { readonly kind: "fatal"; readonly scope: Scope; readonly problem: Problem }
  | {
      readonly kind: "later";
      readonly scope: Scope;
      /** `throttled` and `outage` wait as the provider's rules say, others by exponential back-off. */
      readonly reason: "throttled" | "outage" | "network" | "server";
      /** Seconds the provider asked for (Retry-After); null when it did not say. */
      readonly seconds: number | null;
      readonly problem: Problem;
    };
