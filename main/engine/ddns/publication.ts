/**
 * One name in one account: what is wanted, what we published, what was seen, and what is to be done next. Knows no
 * network; the account's loop does what it asks for. Times are monotonic milliseconds unless said otherwise.
 */
import { problem } from "../../../shared/problems.ts";
import type { NameSetting } from "../../../shared/settings.ts";
import type { Name, NameState, Problem } from "../../../shared/snapshot.ts";
import type { Clock } from "../environment.ts";
import { applyChanges } from "./changes.ts";
import type { ObservedRrset } from "./lookup/observe.ts";
import type { NameBook, NameEntry } from "./name-book.ts";
import { type NameFacts, nameState, nameView } from "./name-view.ts";
import { ownershipRefs } from "./ownership.ts";
import { believedAfter, judgeReading } from "./reading.ts";
import { markerName, type NamePlan } from "./plan.ts";
import { PendingChanges } from "./pending-changes.ts";
import { freshPolicy, type PolicyState } from "./policy.ts";
import type { NameWrite, PublisherCapabilities } from "./publisher.ts";
import {
  type DnsRef,
  isDns,
  type Rrset,
  type RrsetChange,
  rrsetKey,
  type RrsetRef,
  sameData,
  type SetData,
  setText,
} from "./rrset.ts";
import { VerificationPace } from "./verification-pace.ts";

/** Milliseconds: changes are written when nothing changed for `quiet`, at the latest after `most`. */
export interface SettleTimes {
  readonly quiet: number;
  readonly most: number;
}

const DAY = 86_400_000;

export interface PublicationOptions {
  readonly clock: Clock;
  readonly book: NameBook;
  readonly fqdn: string;
  readonly account: string;
  readonly provider: string;
  readonly settle: SettleTimes;
}

/** Null for what is not known or past. */
function isoOrNull(time: number | null | undefined, now: number): string | null {
  return time === null || time === undefined || time <= now ? null : new Date(time).toISOString();
}

export class Publication {
  readonly #options: PublicationOptions;
  readonly pace: VerificationPace;
  readonly #pending: PendingChanges;
  #entry: NameEntry;
  #setting: NameSetting | null = null;
  #plan: NamePlan | null = null;
  #capabilities: PublisherCapabilities | null = null;
  /** What was read at the provider and not yet written over. */
  #actual: ReadonlyMap<string, readonly SetData[]> | null = null;
  #needsRead = true;
  #firstChange: number | null = null;
  #dueAt = 0;
  #writing: NameWrite | null = null;
  /** Nothing happens until the user does something. */
  #blocked: Problem | null = null;
  #failure: Problem | null = null;
  #visible = false;
  /** Undefined while nobody looked since the last change. */
  #cachedUntil: number | null | undefined = undefined;
  #state: NameState = "planned";
  #since: string;

  constructor(options: PublicationOptions) {
    this.#options = options;
    const { book, clock, fqdn, account } = options;
    this.#entry = book.name(fqdn, account) ?? {
      fqdn,
      account,
      published: [],
      lastChange: null,
      policy: freshPolicy,
    };
    this.#pending = new PendingChanges(clock);
    this.pace = new VerificationPace(clock);
    if (this.#entry.published.length > 0) this.pace.restart();
    this.#since = new Date(clock.now()).toISOString();
  }

  /** What is to be written. */
  get changes(): readonly RrsetChange[] {
    const days = this.#capabilities?.keepAliveDays ?? null;
    return this.#pending.of(this.#entry, this.#plan, this.#actual, days);
  }

  /** What was last published, or left from earlier. */
  get published(): readonly Rrset[] {
    return this.#entry.published;
  }

  /** True when all servers say it, and nobody has looked yet what resolvers still tell. */
  get cachesUnknown(): boolean {
    return this.#visible && this.#cachedUntil === undefined;
  }

  /** Wall clock milliseconds until which resolvers tell the old; null when they do not. */
  noteCaches(until: number | null): void {
    this.#cachedUntil = until;
  }

  get fqdn(): string {
    return this.#options.fqdn;
  }

  get entry(): NameEntry {
    return this.#entry;
  }

  get policy(): PolicyState {
    return this.#entry.policy;
  }

  set policy(policy: PolicyState) {
    if (JSON.stringify(policy) === JSON.stringify(this.#entry.policy)) return;
    this.#entry = { ...this.#entry, policy };
    this.#options.book.putName(this.#entry);
  }

  /** Nobody wants it and nothing of it is left. */
  get gone(): boolean {
    return this.#setting === null && this.#entry.published.length === 0 && this.#writing === null;
  }

  /** What is wanted from now on; a null setting wants nothing left. */
  want(
    setting: NameSetting | null,
    plan: NamePlan,
    capabilities: PublisherCapabilities | null,
  ): void {
    const before = this.#desiredKey();
    const allowed = setting?.takeOver === true && this.#setting?.takeOver !== true;
    this.#setting = setting;
    this.#plan = plan;
    this.#capabilities = capabilities;
    if (allowed) this.lookAgain();
    if (before === this.#desiredKey()) return;
    this.#blocked = null;
    const now = this.#options.clock.monotonic();
    const { quiet, most } = this.#options.settle;
    this.#firstChange ??= now;
    this.#dueAt = Math.min(now + quiet, this.#firstChange + most);
  }

  /** The user did something about it, or time has passed: judge anew. */
  lookAgain(): void {
    this.#blocked = null;
    this.#needsRead = true;
  }

  /** Write now, whatever the settle time. */
  hurry(): void {
    this.#dueAt = 0;
    this.pace.restart();
  }

  block(reason: Problem): void {
    this.#blocked = reason;
  }

  unblock(): void {
    this.#blocked = null;
  }

  fail(reason: Problem | null): void {
    this.#failure = reason;
  }

  /** Monotonic time from which something is to be written; null when nothing is. */
  get writeAt(): number | null {
    if (this.#blocked !== null || this.#writing !== null || this.changes.length === 0) return null;
    return this.#dueAt;
  }

  /** What has to be read before the next write; none when nothing has. */
  get refsToRead(): readonly RrsetRef[] {
    if (!this.#needsRead || this.#capabilities?.readable !== true || this.#plan === null) return [];
    return ownershipRefs(this.fqdn, this.#plan.rrsets, this.#entry.published);
  }

  takeReading(sets: ReadonlyMap<string, readonly SetData[]>): void {
    this.#needsRead = false;
    if (this.#plan === null) return;
    const { actual, published, blocked } = judgeReading({
      fqdn: this.fqdn,
      marker: this.#options.book.marker,
      takeOver: this.#setting?.takeOver ?? false,
      desired: this.#plan.rrsets,
      published: this.#entry.published,
      sets,
    });
    this.#actual = actual;
    this.#entry = { ...this.#entry, published: [...published] };
    this.#blocked = blocked;
    if (blocked !== null) return;
    if (this.changes.length > 0) return;
    this.#failure = null;
    this.pace.restart();
  }

  /** The next write, all changes at once or the first of them; null when there is none any more. */
  beginWrite(): NameWrite | null {
    const changes = this.changes;
    const [first] = changes;
    if (first === undefined || this.#blocked !== null) return null;
    const atomic = this.#capabilities?.atomic === true;
    this.#writing = {
      fqdn: this.fqdn,
      changes: atomic ? changes : [first],
      requires: this.#requirements(changes),
      desired: this.#plan?.rrsets ?? [],
    };
    return this.#writing;
  }

  written(): void {
    const write = this.#writing;
    this.#writing = null;
    if (write === null) return;
    this.#entry = {
      ...this.#entry,
      published: [...applyChanges(this.#entry.published, write.changes)],
      lastChange: new Date(this.#options.clock.now()).toISOString(),
    };
    this.#forgetActual(write.changes);
    this.#cachedUntil = undefined;
    this.#failure = null;
    this.#visible = false;
    if (this.changes.length === 0) {
      this.#firstChange = null;
      this.pace.restart();
    }
    this.#options.book.putName(this.#entry);
  }

  /** Something else stands there than we believed. */
  conflicted(): void {
    this.#writing = null;
    this.#needsRead = true;
  }

  writeFailed(reason: Problem): void {
    this.#writing = null;
    this.#failure = reason;
    // The answer may have been lost, not the request.
    this.#needsRead = true;
  }

  /** What to look for at the authoritative servers; none while a write is due or nothing is published. */
  get refsToVerify(): readonly DnsRef[] {
    if (this.#writing !== null || this.changes.length > 0) return [];
    return this.#entry.published.filter(isDns).map(({ name, type }) => ({ name, type }));
  }

  /** Null when nobody could be asked. */
  takeObservation(observed: readonly ObservedRrset[] | null): void {
    if (this.refsToVerify.length === 0) return;
    if (observed === null || observed.every(({ views }) => views.length === 0)) {
      this.#visible = false;
      this.pace.again();
      return;
    }
    const published = new Map(this.#entry.published.map((rrset) => [rrsetKey(rrset), rrset]));
    const different = observed.filter(({ name, type, views }) => {
      const data = published.get(rrsetKey({ name, type }))?.data ?? [];
      return views.some((view) => !sameData(view.data, data));
    });
    if (different.length === 0) {
      this.#visible = true;
      if (this.#failure?.code === "dns-not-visible") this.#failure = null;
      this.pace.settled();
      return;
    }
    const wasVisible = this.#visible;
    this.#visible = false;
    if (!wasVisible && !this.pace.exhausted) {
      this.pace.again();
      return;
    }
    this.pace.again();
    this.#failure = problem("dns-not-visible", different.map(({ name }) => name).join(", "));
    this.#changedBehindOurBack(different);
  }

  /**
   * All that is known, for the Snapshot. `held` is why nothing may be asked now, `until` the wall clock milliseconds at
   * which that ends; null when only the user can end it.
   */
  view(held: Problem | null, until: number | null): Name {
    const { clock, account, provider } = this.#options;
    const changes = this.changes;
    const stopped = until === null && changes.length > 0 ? held : null;
    // A wait that holds up nothing is no trouble.
    const waiting = until !== null && changes.length > 0 ? held : null;
    const facts: NameFacts = {
      plan: this.#plan,
      published: this.#entry.published,
      changes,
      writing: this.#writing !== null,
      visible: this.#visible,
      kept: this.#setting?.whenUnused === "keep",
      blocked: this.#blocked ?? stopped,
      failure: this.#failure ?? waiting,
    };
    const state = nameState(facts);
    if (state !== this.#state) {
      this.#state = state;
      this.#since = new Date(clock.now()).toISOString();
    }
    return nameView(facts, {
      fqdn: this.fqdn,
      account,
      provider,
      state,
      since: this.#since,
      lastChange: this.#entry.lastChange,
      cachedUntil: isoOrNull(this.#cachedUntil, clock.now()),
      nextAttempt: isoOrNull(changes.length === 0 || state === "blocked" ? null : until, -1),
      error: this.#blocked ?? (until === null ? held : waiting) ?? this.#failure,
    });
  }

  /** The marker has to stand while we change what it marks. */
  #requirements(changes: readonly RrsetChange[]): NameWrite["requires"] {
    const marker = { name: markerName(this.fqdn), type: "TXT" } as const;
    const key = rrsetKey(marker);
    const published = this.#entry.published.find((rrset) => rrsetKey(rrset) === key);
    if (published === undefined || changes.some((change) => rrsetKey(change) === key)) return [];
    return [{ ...marker, data: published.data }];
  }

  #changedBehindOurBack(different: readonly ObservedRrset[]): void {
    const readable = this.#capabilities?.readable === true;
    // dyndns2 forbids to decide by DNS look-ups; once a day is no abuse and mends what somebody else changed.
    const sinceChange = this.#options.clock.now() - Date.parse(this.#entry.lastChange ?? "");
    if (!readable && sinceChange < DAY) return;
    const published = believedAfter(different, this.#entry.published, readable);
    this.#entry = { ...this.#entry, published: [...published] };
    this.#needsRead = true;
    this.#dueAt = this.#options.clock.monotonic();
    this.#options.book.putName(this.#entry);
  }

  #forgetActual(changes: readonly RrsetChange[]): void {
    if (this.#actual === null) return;
    const rest = new Map(this.#actual);
    for (const change of changes) rest.delete(rrsetKey(change));
    this.#actual = rest.size === 0 ? null : rest;
  }

  #desiredKey(): string {
    const rrsets = this.#plan?.rrsets ?? [];
    return rrsets
      .map((rrset) => `${rrsetKey(rrset)} ${rrset.ttl} ${rrset.data.map(setText).join(",")}`)
      .join("\n");
  }
}
