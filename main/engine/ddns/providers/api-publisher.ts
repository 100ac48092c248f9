/** Providers with an API for records: read, compare, write. What differs between them is behind `RecordApi`. */
import { problem } from "../../../../shared/problems.ts";
import type { Problem } from "../../../../shared/snapshot.ts";
import { canonicalName } from "../wire/name.ts";
import type {
  CheckOutcome,
  NameWrite,
  Publisher,
  PublisherCapabilities,
  ReadOutcome,
  WriteOutcome,
} from "../publisher.ts";
import type { Refusal } from "../refusal.ts";
import {
  dnsData,
  isDns,
  type RrsetChange,
  rrsetKey,
  type RrsetRef,
  sameData,
  type SetData,
} from "../rrset.ts";
import { Refused } from "./api-client.ts";
import { nameRefused } from "./http-refusal.ts";
import type { RecordApi } from "./record-api.ts";
import type { ApiRecord, SetChange } from "./record-steps.ts";
import { noRedirects } from "./redirects.ts";
import { type ApiZone, zoneHolding } from "./zones.ts";

/** What stands at the provider. */
interface Standing {
  readonly records: readonly ApiRecord[];
  /** Where hosts lead browsers. */
  readonly redirects: ReadonlyMap<string, string>;
}

export class ApiPublisher implements Publisher {
  readonly #api: RecordApi;
  readonly #zones = new Map<string, ApiZone>();
  /** Why browsers cannot be sent on; the account may well be allowed to write records all the same. */
  #noRedirects: Problem | null;

  constructor(api: RecordApi) {
    this.#api = api;
    this.#noRedirects = api.redirects === undefined ? noRedirects : null;
  }

  get capabilities(): PublisherCapabilities {
    return { ...this.#api.capabilities, redirects: this.#noRedirects ?? true };
  }

  reconsider(): void {
    if (this.#api.redirects !== undefined) this.#noRedirects = null;
  }

  async check(fqdn: string): Promise<CheckOutcome> {
    const outcome = await this.read([{ name: fqdn, type: "A" }]);
    return outcome.kind === "read" ? { kind: "accepted" } : outcome;
  }

  async read(refs: readonly RrsetRef[]): Promise<ReadOutcome> {
    try {
      const sets = new Map<string, readonly SetData[]>();
      for (const [zone, wanted] of await this.#byZone(refs, ({ name }) => name)) {
        const standing = await this.#standing(zone, wanted);
        for (const ref of wanted) sets.set(rrsetKey(ref), dataOf(standing, ref));
      }
      return { kind: "read", sets };
    } catch (error) {
      return this.#refusalOf(error);
    }
  }

  async write(writes: readonly NameWrite[]): Promise<ReadonlyMap<string, WriteOutcome>> {
    const outcomes = new Map<string, WriteOutcome>();
    try {
      for (const [zone, batch] of await this.#byZone(writes, ({ fqdn }) => fqdn)) {
        await this.#writeZone(zone, batch, outcomes);
      }
    } catch (error) {
      const refusal = this.#writeOutcomeOf(error);
      for (const { fqdn } of writes) if (!outcomes.has(fqdn)) outcomes.set(fqdn, refusal);
    }
    return outcomes;
  }

  async #writeZone(
    zone: ApiZone,
    batch: readonly NameWrite[],
    outcomes: Map<string, WriteOutcome>,
  ): Promise<void> {
    const refs = batch.flatMap(({ changes, requires }) => [...changes, ...requires]);
    const standing = await this.#standing(zone, refs);
    const going: NameWrite[] = [];
    for (const write of batch) {
      if (holds(standing, write)) going.push(write);
      else outcomes.set(write.fqdn, { kind: "conflict" });
    }
    // Addresses before what leads to them; on removal the other way round.
    for (const write of going) await this.#redirect(zone, write, (after) => after.length === 0);
    const changes = going.flatMap(({ changes: all }) =>
      all.flatMap((change) => setChange(zone, standing, change)),
    );
    if (changes.length > 0) await this.#api.change(zone, changes);
    for (const write of going) {
      const refused = await this.#redirect(zone, write, (after) => after.length > 0);
      outcomes.set(write.fqdn, refused ?? { kind: "done" });
    }
  }

  /** The redirects of `write` that `which` takes; null when they are done. */
  async #redirect(
    zone: ApiZone,
    { changes }: NameWrite,
    which: (after: readonly SetData[]) => boolean,
  ): Promise<Refusal | null> {
    for (const { name, type, after } of changes) {
      if (type !== "REDIRECT" || !which(after)) continue;
      const [wanted] = after;
      const location = wanted?.type === "REDIRECT" ? wanted.location : null;
      await this.#allowed((redirects) =>
        location === null ? redirects.remove(zone, name) : redirects.set(zone, name, location),
      );
      // What cannot be taken away is not tried for ever.
      if (this.#noRedirects !== null && location !== null) return notAllowed(this.#noRedirects);
    }
    return null;
  }

  /** A refusal is about redirects alone: it is remembered, and the answer is null. */
  async #allowed<T>(
    work: (redirects: NonNullable<RecordApi["redirects"]>) => Promise<T>,
  ): Promise<T | null> {
    const { redirects } = this.#api;
    if (redirects === undefined || this.#noRedirects !== null) return null;
    try {
      return await work(redirects);
    } catch (error) {
      const refusal = error instanceof Refused ? error.refusal : "conflict";
      if (refusal === "conflict" || refusal.kind !== "fatal") throw error;
      const said = /\(([^()]*)\)$/.exec(refusal.problem.message)?.[1];
      this.#noRedirects = problem("dns-redirect-refused", said);
      return null;
    }
  }

  async #standing(zone: ApiZone, refs: readonly RrsetRef[]): Promise<Standing> {
    const inDns = refs.filter(isDns);
    const records = inDns.length === 0 ? [] : await this.#api.list(zone, inDns);
    const redirects = new Map<string, string>();
    for (const { name, type } of refs) {
      if (type !== "REDIRECT" || redirects.has(name)) continue;
      const location = await this.#allowed((api) => api.read(zone, name));
      if (location !== null) redirects.set(name, location);
    }
    return { records, redirects };
  }

  async #byZone<T>(
    items: readonly T[],
    nameOf: (item: T) => string,
  ): Promise<ReadonlyMap<ApiZone, readonly T[]>> {
    const groups = new Map<ApiZone, T[]>();
    for (const item of items) {
      const zone = await this.#zoneOf(nameOf(item));
      groups.set(zone, [...(groups.get(zone) ?? []), item]);
    }
    return groups;
  }

  async #zoneOf(name: string): Promise<ApiZone> {
    const known = zoneHolding(name, this.#zones.values());
    if (known !== null) return known;
    const found = await this.#api.findZone(name);
    if (found === null) throw new Refused(nameRefused(`no zone of the account holds ${name}`));
    this.#zones.set(found.name, found);
    return found;
  }

  #refusalOf(error: unknown): Refusal {
    const outcome = this.#writeOutcomeOf(error);
    return outcome.kind === "fatal" || outcome.kind === "later"
      ? outcome
      : nameRefused("the provider reports a conflict");
  }

  #writeOutcomeOf(error: unknown): WriteOutcome {
    if (!(error instanceof Refused)) throw error;
    // What was remembered may be why it was refused.
    this.#zones.clear();
    return error.refusal === "conflict" ? { kind: "conflict" } : error.refusal;
  }
}

/** The API cannot compare and swap, so we compare; what is right already is no conflict. */
function holds(standing: Standing, { changes, requires }: NameWrite): boolean {
  return (
    requires.every((set) => sameData(dataOf(standing, set), set.data)) &&
    changes.every(({ before, after, ...ref }) => {
      const there = dataOf(standing, ref);
      return before === null || sameData(there, before) || sameData(there, after);
    })
  );
}

function setChange(
  zone: ApiZone,
  { records }: Standing,
  change: RrsetChange,
): readonly SetChange[] {
  if (!isDns(change)) return [];
  const { name, type, ttl, after } = change;
  const before = records.filter((record) => isOf(record, change));
  return [{ name, type, ttl: Math.max(ttl, zone.minimumTtl), before, after: dnsData(after) }];
}

function dataOf({ records, redirects }: Standing, ref: RrsetRef): readonly SetData[] {
  if (isDns(ref)) return records.filter((record) => isOf(record, ref)).map(({ data }) => data);
  const location = redirects.get(ref.name);
  return location === undefined ? [] : [{ type: "REDIRECT", location }];
}

function isOf(record: ApiRecord, { name, type }: RrsetRef): boolean {
  return record.data.type === type && canonicalName(record.name) === canonicalName(name);
}

/** At once: the plan without the redirect follows. */
function notAllowed(reason: Problem): Refusal {
  return { kind: "later", scope: "name", reason: "server", seconds: 0, problem: reason };
}
