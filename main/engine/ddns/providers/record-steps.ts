/** From the records of a set as they are to those it shall have, for APIs that change single records. */
import type { DnsRef } from "../rrset.ts";
import { type RecordData, recordDataKey } from "../wire/rdata.ts";

/** One record as the provider has it. */
export interface ApiRecord {
  /** The provider's own name for it; empty where it has none. */
  readonly id: string;
  readonly name: string;
  readonly ttl: number;
  readonly data: RecordData;
}

/** One set as it is and as it shall be. */
export interface SetChange extends DnsRef {
  readonly ttl: number;
  readonly before: readonly ApiRecord[];
  readonly after: readonly RecordData[];
}

/** What to add, what to edit in place, what to delete, in this order. */
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
