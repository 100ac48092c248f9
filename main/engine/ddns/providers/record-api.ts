/** What differs between providers with an API for records; `ApiPublisher` is the same for all. */
import type { PublisherCapabilities } from "../publisher.ts";
import type { DnsRef } from "../rrset.ts";
import type { RecordType } from "../wire/rdata.ts";
import type { ApiRecord, SetChange } from "./record-steps.ts";
import type { RedirectApi } from "./redirects.ts";
import type { ApiZone } from "./zones.ts";

/** All functions throw Refused. */
export interface RecordApi {
  readonly capabilities: Omit<PublisherCapabilities, "redirects">;
  /** Absent where the provider cannot send browsers on. */
  readonly redirects?: RedirectApi;
  /** Null when the account has no zone that holds the name. */
  findZone(fqdn: string): Promise<ApiZone | null>;
  /** At least the records of these sets. */
  list(zone: ApiZone, refs: readonly DnsRef[]): Promise<readonly ApiRecord[]>;
  /** All or none where the capabilities say so; else in this order. */
  change(zone: ApiZone, changes: readonly SetChange[]): Promise<void>;
}

/** Types of records that all these providers take. */
export const commonTypes = ["A", "AAAA", "SRV", "TXT", "CNAME"] as const satisfies RecordType[];
/** The same with service bindings (RFC 9460). */
export const allTypes = [...commonTypes, "HTTPS", "SVCB"] as const satisfies RecordType[];
