/**
 * Sets of records with one name and type: the unit in which the DNS changes (RFC 2181 §5). What a provider does for a
 * name beside the DNS (a redirect) is a set too, so that it is planned, compared, owned and removed like the others.
 */
import { parseRecordText, recordText } from "./wire/presentation.ts";
import { recordDataKey, type RecordData, type RecordType } from "./wire/rdata.ts";

/** The provider answers browsers that come to the name, and sends them on (HTTP 302). The path they asked for is kept. */
interface Redirect {
  readonly type: "REDIRECT";
  /** Scheme, host and, where it is not the scheme's own, port: `http://home.example:8080`. */
  readonly location: string;
}

export type SetData = RecordData | Redirect;
export type SetType = RecordType | Redirect["type"];

export interface RrsetRef {
  readonly name: string;
  readonly type: SetType;
}

/** Empty data says that there is no such set. */
export interface RrsetState extends RrsetRef {
  readonly data: readonly SetData[];
}

export interface Rrset extends RrsetState {
  /** Seconds; 0 for what is no record. */
  readonly ttl: number;
}

/** `before` is what we believe stands there, for compare-and-swap; null when it does not matter. */
export interface RrsetChange extends RrsetRef {
  readonly before: readonly SetData[] | null;
  /** Empty removes. */
  readonly after: readonly SetData[];
  /** Seconds. */
  readonly ttl: number;
}

/** A set that is in the DNS itself. */
export interface DnsRef extends RrsetRef {
  readonly type: RecordType;
}

export function isDns<T extends RrsetRef>(ref: T): ref is T & DnsRef {
  return ref.type !== "REDIRECT";
}

/** The records among `data`. */
export function dnsData(data: readonly SetData[]): readonly RecordData[] {
  return data.flatMap((one) => (one.type === "REDIRECT" ? [] : [one]));
}

/** True for the same records in any order. */
export function sameData(a: readonly SetData[], b: readonly SetData[]): boolean {
  return dataKey(a) === dataKey(b);
}

/** The same for the same records in any order. */
export function dataKey(data: readonly SetData[]): string {
  return data
    .map((one) => (one.type === "REDIRECT" ? `redirect ${one.location}` : recordDataKey(one)))
    .toSorted()
    .join("\n");
}

/** The key of a set: `srv _minecraft._tcp.home.example`. */
export function rrsetKey({ name, type }: RrsetRef): string {
  return `${type} ${name.toLowerCase()}`;
}

/** As in a zone file; of a redirect where it leads. */
export function setText(data: SetData): string {
  return data.type === "REDIRECT" ? data.location : recordText(data);
}

/** The inverse of `setText`. Throws a WireError. */
export function parseSetText(type: Exclude<SetType, "SOA">, text: string): SetData {
  return type === "REDIRECT" ? { type, location: text } : parseRecordText(type, text);
}
