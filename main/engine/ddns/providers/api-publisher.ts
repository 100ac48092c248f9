/** Providers with an API for records: read, compare, write. What differs between them is behind `RecordApi`. */
import { canonicalName, isWithin } from "../wire/name.ts";
import type {
  CheckOutcome,
  NameWrite,
  Publisher,
  PublisherCapabilities,
  ReadOutcome,
  Refusal,
  WriteOutcome,
} from "../publisher.ts";
import { rrsetKey, type RrsetRef, sameData } from "../rrset.ts";
import { type RecordData, recordDataKey } from "../wire/rdata.ts";
import { Refused } from "./api-client.ts";
import { nameRefused } from "./http-refusal.ts";

export interface ApiZone {
  /** The provider's own name for it. */
  readonly id: string;
  readonly name: string;
  /** Seconds; the provider refuses less. */
  readonly minimumTtl: number;
}

/** One record as the provider has it. */
export interface ApiRecord {
  /** The provider's own name for it; empty where it has none. */
  readonly id: string;
  readonly name: string;
  readonly ttl: number;
  readonly data: RecordData;
}

/** One set as it is and as it shall be. */
export interface SetChange extends RrsetRef {
  readonly ttl: number;
  readonly before: readonly ApiRecord[];
  readonly after: readonly RecordData[];
}

/** All functions throw Refused. */
export interface RecordApi {
  readonly capabilities: PublisherCapabilities;
  /** Null when the account has no zone that holds the name. */
  findZone(fqdn: string): Promise<ApiZone | null>;
  /** At least the records of these sets. */
  list(zone: ApiZone, refs: readonly RrsetRef[]): Promise<readonly ApiRecord[]>;
  /** All or none where the capabilities say so; else in this order. */
  change(zone: ApiZone, changes: readonly SetChange[]): Promise<void>;
}

export class ApiPublisher implements Publisher {
  readonly capabilities: PublisherCapabilities;
  readonly #api: RecordApi;
  readonly #zones = new Map<string, ApiZone>();

  constructor(api: RecordApi) {
    this.#api = api;
    this.capabilities = api.capabilities;
  }

  async check(fqdn: string): Promise<CheckOutcome> {
    const outcome = await this.read([{ name: fqdn, type: "A" }]);
    return outcome.kind === "read" ? { kind: "accepted" } : outcome;
  }

  async read(refs: readonly RrsetRef[]): Promise<ReadOutcome> {
    try {
      const sets = new Map<string, readonly RecordData[]>();
      for (const [zone, wanted] of await this.#byZone(refs, ({ name }) => name)) {
        const records = await this.#api.list(zone, wanted);
        for (const ref of wanted) sets.set(rrsetKey(ref), dataOf(records, ref));
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
    const records = await this.#api.list(zone, refs);
    const changes: SetChange[] = [];
    const written: string[] = [];
    for (const write of batch) {
      // The API cannot compare and swap, so we compare; what is right already is no conflict.
      const holds =
        write.requires.every((set) => sameData(dataOf(records, set), set.data)) &&
        write.changes.every(({ before, after, ...ref }) => {
          const there = dataOf(records, ref);
          return before === null || sameData(there, before) || sameData(there, after);
        });
      if (!holds) {
        outcomes.set(write.fqdn, { kind: "conflict" });
        continue;
      }
      written.push(write.fqdn);
      for (const { name, type, ttl, after } of write.changes) {
        const before = records.filter((record) => isOf(record, { name, type }));
        changes.push({ name, type, ttl: Math.max(ttl, zone.minimumTtl), before, after });
      }
    }
    if (changes.length > 0) await this.#api.change(zone, changes);
    for (const fqdn of written) outcomes.set(fqdn, { kind: "done" });
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
    // The longest known zone: one may lie inside another.
    const known = [...this.#zones.values()]
      .filter((zone) => isWithin(name, zone.name))
      .toSorted((a, b) => b.name.length - a.name.length)[0];
    if (known !== undefined) return known;
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

/** For APIs that change single records: what to add, what to edit in place, what to delete, in this order. */
export function recordSteps({ before, after, ttl }: SetChange): {
  readonly creates: readonly RecordData[];
  readonly edits: readonly { readonly record: ApiRecord; readonly data: RecordData }[];
  readonly deletes: readonly ApiRecord[];
} {
  const wanted = new Map(after.map((data) => [recordDataKey(data), data]));
  const spare: ApiRecord[] = [];
  const edits: { record: ApiRecord; data: RecordData }[] = [];
  for (const record of before) {
    const key = recordDataKey(record.data);
    const data = wanted.get(key);
    if (data === undefined) spare.push(record);
    else if (record.ttl !== ttl) edits.push({ record, data });
    wanted.delete(key);
  }
  const creates: RecordData[] = [];
  for (const data of wanted.values()) {
    const record = spare.shift();
    if (record === undefined) creates.push(data);
    else edits.push({ record, data });
  }
  return { creates, edits, deletes: spare };
}

/** The name relative to its zone; `apex` for the zone itself. */
export function labelIn(name: string, zone: ApiZone, apex: "" | "@"): string {
  const canonical = canonicalName(name);
  return canonical === zone.name ? apex : canonical.slice(0, -zone.name.length - 1);
}

/** The inverse of `labelIn`. */
export function nameIn(label: string, zone: ApiZone): string {
  return label === "" || label === "@" ? zone.name : canonicalName(`${label}.${zone.name}`);
}

/** The zones a name may be in, from itself upwards, without the top level. */
export function possibleZones(fqdn: string): readonly string[] {
  const labels = canonicalName(fqdn).split(".");
  return labels.slice(0, -1).map((_label, cut) => labels.slice(cut).join("."));
}

function dataOf(records: readonly ApiRecord[], ref: RrsetRef): readonly RecordData[] {
  return records.filter((record) => isOf(record, ref)).map(({ data }) => data);
}

function isOf(record: ApiRecord, { name, type }: RrsetRef): boolean {
  return record.data.type === type && canonicalName(record.name) === canonicalName(name);
}
