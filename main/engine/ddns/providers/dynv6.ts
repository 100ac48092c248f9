/** dynv6, REST API v2. A zone has its own addresses beside its records, which are changed one by one. */
import { z } from "zod";
import type { AccountSetting } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { Publisher } from "../publisher.ts";
import type { Refusal } from "../refusal.ts";
import { isWithin } from "../wire/name.ts";
import { recordText } from "../wire/presentation.ts";
import type { RecordData } from "../wire/rdata.ts";
import { type Answer, ApiClient } from "./api-client.ts";
import { ApiPublisher } from "./api-publisher.ts";
import { plainText, readValue } from "./api-text.ts";
import { credentialsRefused } from "./http-refusal.ts";
import { commonTypes, type RecordApi } from "./record-api.ts";
import { type ApiRecord, recordSteps, type SetChange } from "./record-steps.ts";
import { type ApiZone, labelIn, nameIn, zoneHolding } from "./zones.ts";
import { redactor } from "./redaction.ts";

/** Seconds; dynv6 sets it for all records. */
const TTL = 60;
/** Ids of what are no records but the zone's own addresses. */
const ZONE_IPV4 = "zone-ipv4";
const ZONE_IPV6 = "zone-ipv6";

const zoneSchema = z.object({
  id: z.number(),
  name: z.string(),
  ipv4address: z.string().nullish(),
  ipv6prefix: z.string().nullish(),
});
const recordsSchema = z.array(
  z.object({
    id: z.number(),
    name: z.string(),
    type: z.string(),
    data: z.string(),
    expandedData: z.string().nullish(),
    priority: z.number().nullish(),
    weight: z.number().nullish(),
    port: z.number().nullish(),
  }),
);

/** `secret` is an HTTP token. */
export function createDynv6Publisher(
  world: DnsWorld,
  _account: AccountSetting,
  secret: string,
): Publisher {
  return new ApiPublisher(new Dynv6(world, secret));
}

class Dynv6 implements RecordApi {
  readonly capabilities = {
    types: commonTypes,
    namesBelow: true,
    minimumTtl: TTL,
    removes: true,
    atomic: false,
    readable: true,
    namesPerRequest: 1,
    limits: { rates: [{ count: 30, seconds: 60 }], outageSeconds: 300, throttledSeconds: 120 },
    keepAliveDays: null,
  } as const;
  readonly #client: ApiClient;

  constructor(world: DnsWorld, token: string) {
    this.#client = new ApiClient({
      world,
      base: "https://dynv6.com/api/v2",
      headers: { authorization: `Bearer ${token}` },
      redact: redactor([token]),
      judge,
    });
  }

  async findZone(fqdn: string): Promise<ApiZone | null> {
    const zones = await this.#client.call("GET", "/zones", z.array(zoneSchema));
    return zoneHolding(
      fqdn,
      zones.map(({ id, name }) => ({ id: String(id), name, minimumTtl: TTL })),
    );
  }

  async list(zone: ApiZone): Promise<ApiRecord[]> {
    const own = await this.#client.call("GET", `/zones/${zone.id}`, zoneSchema);
    const listed = await this.#client.call("GET", `/zones/${zone.id}/records`, recordsSchema);
    const records = listed.map((record) => ({
      id: String(record.id),
      name: nameIn(record.name, zone),
      data: readValue(record.type, valueIn(record, zone)),
    }));
    // The prefix may come with its length.
    const ipv6 = own.ipv6prefix?.replace(/\/\d+$/, "") ?? "";
    return [
      { id: ZONE_IPV4, name: zone.name, data: readValue("A", own.ipv4address ?? "") },
      { id: ZONE_IPV6, name: zone.name, data: readValue("AAAA", ipv6) },
      ...records,
    ].flatMap(({ data, ...record }) => (data === null ? [] : [{ ...record, ttl: TTL, data }]));
  }

  async change(zone: ApiZone, changes: readonly SetChange[]): Promise<void> {
    for (const change of changes) {
      const isAddress = change.type === "A" || change.type === "AAAA";
      if (isAddress && change.name === zone.name) await this.#changeZone(zone, change);
      else await this.#changeRecords(zone, change);
    }
  }

  async #changeZone(zone: ApiZone, { type, after }: SetChange): Promise<void> {
    const [data] = after;
    const address = data !== undefined && "address" in data ? data.address : "";
    const body = type === "A" ? { ipv4address: address } : { ipv6prefix: address };
    await this.#client.call("PATCH", `/zones/${zone.id}`, z.unknown(), body);
  }

  async #changeRecords(zone: ApiZone, change: SetChange): Promise<void> {
    // A TTL cannot be set, so none is a change.
    const { creates, edits, deletes } = recordSteps({ ...change, ttl: TTL });
    const path = `/zones/${zone.id}/records`;
    const name = labelIn(change.name, zone, "");
    for (const data of creates) {
      const body = { name, type: change.type, ...fieldsOf(data) };
      await this.#client.call("POST", path, z.unknown(), body);
    }
    for (const { record, data } of edits) {
      const body = { name, ...fieldsOf(data) };
      await this.#client.call("PATCH", `${path}/${record.id}`, z.unknown(), body);
    }
    for (const { id } of deletes) await this.#client.call("DELETE", `${path}/${id}`, z.unknown());
  }
}

/** Host names without a final dot are relative to the zone. */
function valueIn(record: z.infer<typeof recordsSchema>[number], zone: ApiZone): string {
  const host = record.expandedData ?? record.data;
  const absolute = host.endsWith(".") || isWithin(host, zone.name) ? host : `${host}.${zone.name}`;
  switch (record.type) {
    case "SRV":
      return `${record.priority ?? 0} ${record.weight ?? 0} ${record.port ?? 0} ${absolute}`;
    case "CNAME":
      return absolute;
    default:
      return record.data;
  }
}

function fieldsOf(data: RecordData): object {
  if (data.type === "SRV") {
    const { priority, weight, port, target } = data;
    return { priority, weight, port, data: `${target}.` };
  }
  return { data: plainText(data) ?? recordText(data) };
}

function judge({ status }: Answer): Refusal | null {
  return status === 403 ? credentialsRefused("HTTP 403") : null;
}
