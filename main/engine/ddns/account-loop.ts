/**
 * All names of one account: one request at a time, several names in one where the provider can, never more than the
 * provider's rules allow. Reconciled like mappings: every event only asks for another look.
 */
import { problem } from "../../../shared/problems.ts";
import type { Name, Problem } from "../../../shared/snapshot.ts";
import type { Cancel } from "../environment.ts";
import type { ObservedRrset } from "./lookup/observe.ts";
import { AccountPolicy, type AccountPolicyOptions, type Wait } from "./account-policy.ts";
import { networkChanged, noteSuccess, rearm } from "./policy.ts";
import type { Publication } from "./publication.ts";
import type { Publisher, PublisherCapabilities, WriteOutcome } from "./publisher.ts";
import type { Refusal } from "./refusal.ts";
import type { DnsRef, Rrset, RrsetChange, RrsetRef } from "./rrset.ts";

export interface AccountLoopOptions extends AccountPolicyOptions {
  /** What all authoritative servers of a name say; null when nobody could be asked. */
  readonly observe: (
    fqdn: string,
    refs: readonly DnsRef[],
  ) => Promise<readonly ObservedRrset[] | null>;
  /** Wall clock milliseconds until which the system's resolvers tell something else than these sets; null: they do not. */
  readonly cachedUntil: (published: readonly Rrset[]) => Promise<number | null>;
  /** A write was tried, or the reading before it failed; for the history of updates. */
  readonly onWritten: (
    fqdn: string,
    changes: readonly RrsetChange[],
    outcome: WriteOutcome,
  ) => void;
  /** The secret was refused for good: remember which it was. */
  readonly onRefused: () => void;
  /** What the publisher can write has turned out to be something else. */
  readonly onAbilities: () => void;
  readonly onChange: () => void;
}

export class AccountLoop {
  readonly #options: AccountLoopOptions;
  readonly #policy: AccountPolicy;
  readonly #publications = new Map<string, Publication>();
  #publisher: Publisher | null = null;
  /** What the plans were made for. */
  #redirects: PublisherCapabilities["redirects"] | null = null;
  /** Why there is no publisher. */
  #trouble: Problem | null = null;
  #running = false;
  #closed = false;
  #timer: Cancel | null = null;

  constructor(options: AccountLoopOptions) {
    this.#options = options;
    this.#policy = new AccountPolicy(options);
  }

  get publications(): readonly Publication[] {
    return [...this.#publications.values()];
  }

  get publisher(): Publisher | null {
    return this.#publisher;
  }

  find(fqdn: string): Publication | null {
    return this.#publications.get(fqdn) ?? null;
  }

  add(publication: Publication): void {
    this.#publications.set(publication.fqdn, publication);
  }

  remove(fqdn: string): void {
    this.#publications.delete(fqdn);
  }

  /** The way to write from now on, or why there is none. */
  attach(publisher: Publisher | null, trouble: Problem | null): void {
    this.#publisher = publisher;
    this.#trouble = trouble;
    this.#redirects = publisher?.capabilities.redirects ?? null;
    for (const publication of this.publications) publication.lookAgain();
    this.look();
  }

  /** The account or its secret was edited: what was refused for good may be asked again. */
  rearm(): void {
    this.#policy.rearm();
    for (const publication of this.publications) publication.policy = rearm(publication.policy);
  }

  /** The network changed or the PC woke up. */
  poke(): void {
    this.#policy.networkChanged();
    for (const publication of this.publications) {
      publication.policy = networkChanged(publication.policy);
      publication.pace.restart();
    }
    this.look();
  }

  /** The user wants this name written and checked now. */
  hurry(fqdn: string): void {
    const publication = this.find(fqdn);
    if (publication === null) return;
    this.#publisher?.reconsider?.();
    this.#noteAbilities();
    publication.policy = rearm(publication.policy);
    publication.lookAgain();
    publication.hurry();
    this.look();
  }

  /** Does what is due and waits for the next. */
  look(): void {
    if (this.#closed || this.#running) return;
    this.#timer?.();
    this.#timer = null;
    const { clock } = this.#options.environment;
    const next = this.#nextLook();
    if (next === null) return;
    this.#timer = clock.after(Math.max(0, next - clock.monotonic()), () => void this.#run());
  }

  views(): readonly Name[] {
    const { clock } = this.#options.environment;
    const now = clock.now();
    return this.publications.map((publication) => {
      const until = this.#waitOf(publication);
      const due = publication.writeAt;
      const settles = due === null ? null : now + Math.max(0, due - clock.monotonic());
      const at = until.until === null ? null : Math.max(until.until, settles ?? 0);
      return publication.view(this.#trouble ?? until.problem, this.#trouble === null ? at : null);
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (!this.#closed && (await this.#pass())) this.#options.book.save();
    } catch (error) {
      // The book could not be written; nothing was asked that it does not know of.
      this.#options.environment.log.warn("names could not be updated", { error: String(error) });
      for (const publication of this.publications) publication.fail(problem("disk"));
    } finally {
      this.#running = false;
      this.look();
      this.#options.onChange();
    }
  }

  /** One request's worth of work; false when nothing is due. */
  async #pass(): Promise<boolean> {
    this.#verifyDue();
    const publisher = this.#publisher;
    const due = this.#due();
    const [first] = due;
    if (publisher === null || first === undefined) return false;
    const batch = due.slice(0, publisher.capabilities.namesPerRequest);
    const refs = batch.flatMap((publication) => publication.refsToRead);
    if (refs.length > 0) {
      await this.#read(publisher, batch, refs);
      return true;
    }
    return this.#write(publisher, batch);
  }

  async #read(
    publisher: Publisher,
    batch: readonly Publication[],
    refs: readonly RrsetRef[],
  ): Promise<void> {
    this.#policy.sending(publisher.capabilities.limits);
    const outcome = await publisher.read(refs);
    this.#noteAbilities();
    // What is learnt is saved before the next request at the latest.
    if (outcome.kind === "read") {
      for (const publication of batch) publication.takeReading(outcome.sets);
      this.#policy.succeeded();
    } else {
      for (const publication of batch) {
        this.#options.onWritten(publication.fqdn, publication.changes, outcome);
        publication.writeFailed(outcome.problem);
      }
      if (outcome.scope === "account") this.#accountRefused(publisher, outcome);
      else for (const publication of batch) this.#nameRefused(publisher, publication, outcome);
    }
    this.#options.onChange();
  }

  async #write(publisher: Publisher, batch: readonly Publication[]): Promise<boolean> {
    const writing = batch.flatMap((publication) => {
      const write = publication.beginWrite();
      return write === null ? [] : [{ publication, write }];
    });
    if (writing.length === 0) return false;
    this.#policy.sending(publisher.capabilities.limits);
    this.#options.onChange();
    const outcomes = await publisher.write(writing.map(({ write }) => write));
    this.#noteAbilities();
    let refusal: Refusal | null = null;
    for (const { publication, write } of writing) {
      const outcome = outcomes.get(publication.fqdn) ?? { kind: "conflict" };
      this.#options.onWritten(publication.fqdn, write.changes, outcome);
      switch (outcome.kind) {
        case "done":
          publication.written();
          publication.policy = noteSuccess(publication.policy);
          break;
        case "conflict":
          publication.conflicted();
          break;
        case "fatal":
        case "later":
          publication.writeFailed(outcome.problem);
          if (outcome.scope === "account") refusal ??= outcome;
          else this.#nameRefused(publisher, publication, outcome);
      }
    }
    // One answer for the whole account counts once, however many names it was about.
    if (refusal === null) this.#policy.succeeded();
    else this.#accountRefused(publisher, refusal);
    this.#options.onChange();
    return true;
  }

  /** Publications are to have their plans before anything else is written. */
  #noteAbilities(): void {
    const redirects = this.#publisher?.capabilities.redirects ?? null;
    if (JSON.stringify(redirects) === JSON.stringify(this.#redirects)) return;
    this.#redirects = redirects;
    this.#options.onAbilities();
  }

  #accountRefused(publisher: Publisher, refusal: Refusal): void {
    this.#policy.refused(refusal, publisher.capabilities.limits);
    if (refusal.kind === "fatal") this.#options.onRefused();
  }

  #nameRefused(publisher: Publisher, publication: Publication, refusal: Refusal): void {
    const { limits } = publisher.capabilities;
    publication.policy = this.#policy.after(publication.policy, refusal, limits);
  }

  #verifyDue(): void {
    const { clock } = this.#options.environment;
    for (const publication of this.publications) {
      const { at } = publication.pace;
      if (at === null || at > clock.monotonic()) continue;
      publication.pace.begun();
      void this.#verify(publication);
    }
  }

  async #verify(publication: Publication): Promise<void> {
    const refs = publication.refsToVerify;
    if (refs.length === 0) return;
    const observed = await this.#options.observe(publication.fqdn, refs);
    if (this.#closed) return;
    publication.takeObservation(observed);
    this.#saveQuietly();
    this.look();
    this.#options.onChange();
    if (!publication.cachesUnknown) return;
    publication.noteCaches(await this.#options.cachedUntil(publication.published));
    this.#options.onChange();
  }

  /** Outside of a request a failure only postpones: the policy saves again before anything is asked. */
  #saveQuietly(): void {
    try {
      this.#options.book.save();
    } catch (error) {
      this.#options.environment.log.warn("the name book cannot be written", {
        error: String(error),
      });
    }
  }

  /** Names that may be written now. */
  #due(): readonly Publication[] {
    const { clock } = this.#options.environment;
    return this.publications.filter((publication) => {
      const at = publication.writeAt;
      if (at === null || at > clock.monotonic()) return false;
      const { until } = this.#waitOf(publication);
      return until !== null && until <= clock.now();
    });
  }

  #nextLook(): number | null {
    const { clock } = this.#options.environment;
    const times = this.publications.flatMap((publication): number[] => {
      const verify = publication.pace.at;
      const write = publication.writeAt;
      const { until } = this.#waitOf(publication);
      return [
        ...(verify === null ? [] : [verify]),
        ...(write === null || until === null || this.#publisher === null
          ? []
          : [Math.max(write, clock.monotonic() + until - clock.now())]),
      ];
    });
    return times.length === 0 ? null : Math.min(...times);
  }

  #waitOf(publication: Publication): Wait {
    const limits = this.#publisher?.capabilities.limits;
    return limits === undefined
      ? { until: null, problem: this.#trouble }
      : this.#policy.wait(publication.policy, limits);
  }
}
