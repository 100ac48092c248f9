/** Sets of records with one name and type: the unit in which the DNS changes (RFC 2181 §5). */
import { recordDataKey, type RecordData, type RecordType } from "./wire/rdata.ts";

export interface RrsetRef {
  readonly name: string;
  readonly type: RecordType;
}

/** Empty data says that there is no such set. */
export interface RrsetState extends RrsetRef {
  readonly data: readonly RecordData[];
}

export interface Rrset extends RrsetState {
  /** Seconds. */
  readonly ttl: number;
}

/** `before` is what we believe stands there, for compare-and-swap; null when it does not matter. */
export interface RrsetChange extends RrsetRef {
  readonly before: readonly RecordData[] | null;
  /** Empty removes. */
  readonly after: readonly RecordData[];
  /** Seconds. */
  readonly ttl: number;
}

/** True for the same records in any order. */
export function sameData(a: readonly RecordData[], b: readonly RecordData[]): boolean {
  return dataKey(a) === dataKey(b);
}

/** The same for the same records in any order. */
export function dataKey(data: readonly RecordData[]): string {
  return data.map(recordDataKey).toSorted().join("\n");
}

/** The key of a set: `srv _minecraft._tcp.home.example`. */
export function rrsetKey({ name, type }: RrsetRef): string {
  return `${type} ${name.toLowerCase()}`;
}
