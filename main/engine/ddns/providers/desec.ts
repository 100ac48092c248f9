/** deSEC, REST API v1. Sets of records are changed in bulk, all or none. */
import { z } from "zod";
import type { AccountSetting } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { Publisher } from "../publisher.ts";
import type { DnsRef } from "../rrset.ts";
import { recordText } from "../wire/presentation.ts";
import { ApiClient } from "./api-client.ts";
import { ApiPublisher } from "./api-publisher.ts";
import { absoluteText, readValue } from "./api-text.ts";
import { allTypes, type RecordApi } from "./record-api.ts";
import { type ApiRecord, type SetChange } from "./record-steps.ts";
import { type ApiZone, labelIn, nameIn } from "./zones.ts";
import { redactor } from "./redaction.ts";

const domainsSchema = z.array(
  z.object({ name: z.string(), minimum_ttl: z.number().default(3600) }),
);
const rrsetsSchema = z.array(
  z.object({
    subname: z.string(),
    type: z.string(),
    ttl: z.number(),
    records: z.array(z.string()),
  }),
);

/** `secret` is a token. */
export function createDesecPublisher(
  world: DnsWorld,
  _account: AccountSetting,
  secret: string,
): Publisher {
  return new ApiPublisher(new Desec(world, secret));
}

class Desec implements RecordApi {
  readonly capabilities = {
    types: allTypes,
    namesBelow: true,
    minimumTtl: 60,
    removes: true,
    atomic: true,
    readable: true,
    namesPerRequest: 50,
    limits: {
      rates: [
        { count: 2, seconds: 1 },
        { count: 15, seconds: 60 },
        { count: 100, seconds: 3600 },
        { count: 300, seconds: 86_400 },
      ],
      outageSeconds: 300,
      throttledSeconds: 60,
    },
    keepAliveDays: null,
  } as const;
  readonly #client: ApiClient;

  constructor(world: DnsWorld, token: string) {
    this.#client = new ApiClient({
      world,
      base: "https://desec.io/api/v1",
      headers: { authorization: `Token ${token}` },
      redact: redactor([token]),
    });
  }

  async findZone(fqdn: string): Promise<ApiZone | null> {
    const [domain] = await this.#client.call("GET", `/domains/?owns_qname=${fqdn}`, domainsSchema);
    if (domain === undefined) return null;
    return { id: domain.name, name: domain.name, minimumTtl: domain.minimum_ttl };
  }

  async list(zone: ApiZone, refs: readonly DnsRef[]): Promise<ApiRecord[]> {
    const labels = new Set(refs.map(({ name }) => labelIn(name, zone, "")));
    const records: ApiRecord[] = [];
    for (const label of labels) {
      const path = `/domains/${zone.id}/rrsets/?subname=${encodeURIComponent(label)}`;
      const rrsets = await this.#client.call("GET", path, rrsetsSchema);
      for (const { subname, type, ttl, records: values } of rrsets) {
        for (const value of values) {
          const data = readValue(type, value);
          if (data !== null) records.push({ id: "", name: nameIn(subname, zone), ttl, data });
        }
      }
    }
    return records;
  }

  async change(zone: ApiZone, changes: readonly SetChange[]): Promise<void> {
    const body = changes.map(({ name, type, ttl, after }) => ({
      subname: labelIn(name, zone, ""),
      type,
      ttl,
      // An empty list deletes the set.
      records: after.map((data) => absoluteText(data, recordText)),
    }));
    await this.#client.call("PATCH", `/domains/${zone.id}/rrsets/`, z.unknown(), body);
  }
}
