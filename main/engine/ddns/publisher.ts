/** What names need of a provider: read sets of records, and change them. One kind behind every way to do it. */
import type { Refusal } from "./refusal.ts";
import type { PlanCapabilities } from "./plan-input.ts";
import type { Limits } from "./policy.ts";
import type { Rrset, RrsetChange, RrsetRef, RrsetState, SetData } from "./rrset.ts";

export interface PublisherCapabilities extends PlanCapabilities {
  /** True when all changes of one name are taken or none. Else they are written one by one, in a crash-safe order. */
  readonly atomic: boolean;
  /** True when what stands there can be read; else DNS look-ups have to do. */
  readonly readable: boolean;
  /** Names that one request can change. */
  readonly namesPerRequest: number;
  readonly limits: Limits;
  /** Days after which an unchanged name is sent again, because the provider forgets names nobody updates. */
  readonly keepAliveDays: number | null;
}

/** The changes of one name. */
export interface NameWrite {
  readonly fqdn: string;
  readonly changes: readonly RrsetChange[];
  /** Sets that have to stand as they are for the changes to be made. */
  readonly requires: readonly RrsetState[];
  /** Everything the name shall have once all is written, for providers that take it whole. */
  readonly desired: readonly Rrset[];
}

export type WriteOutcome =
  | { readonly kind: "done" }
  /** Something else stands there than we believe; nothing of this name was changed. */
  | { readonly kind: "conflict" }
  | Refusal;

export type ReadOutcome =
  /** Sets by `rrsetKey`; one that is absent is an empty list. */
  { readonly kind: "read"; readonly sets: ReadonlyMap<string, readonly SetData[]> } | Refusal;

/** `untestable`: the provider offers nothing to ask but an update. */
export type CheckOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "untestable" }
  | Refusal;

export interface Publisher {
  readonly capabilities: PublisherCapabilities;
  /** The user did something about it: what was refused and remembered may be tried again. */
  reconsider?(): void;
  /** Whether account and secret may look after `fqdn`, without changing anything. Never rejects. */
  check(fqdn: string): Promise<CheckOutcome>;
  /** Never rejects. */
  read(refs: readonly RrsetRef[]): Promise<ReadOutcome>;
  /** The outcome of each write by its name. Never rejects. */
  write(writes: readonly NameWrite[]): Promise<ReadonlyMap<string, WriteOutcome>>;
}
