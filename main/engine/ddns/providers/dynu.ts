/** Dynu, REST API v2. A domain has its own addresses beside its records, which are changed one by one. */
import { z } from "zod";
import { problem } from "../../../../shared/problems.ts";
import type { AccountSetting } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { Publisher } from "../publisher.ts";
import type { RecordData } from "../wire/rdata.ts";
import { ApiClient, type Judge } from "./api-client.ts";
import { ApiPublisher } from "./api-publisher.ts";
import { plainText, readValue } from "./api-text.ts";
import { credentialsRefused, nameRefused } from "./http-refusal.ts";
import { commonTypes, type RecordApi } from "./record-api.ts";
import { type ApiRecord, recordSteps, type SetChange } from "./record-steps.ts";
import { type ApiZone, labelIn } from "./zones.ts";
import { redactor } from "./redaction.ts";

const MINIMUM_TTL = 30;

const rootSchema = z.object({ id: z.number(), domainName: z.string() });
const domainSchema = z.object({
  name: z.string(),
  ttl: z.number().nullish(),
  ipv4Address: z.string().nullish(),
  ipv6Address: z.string().nullish(),
  ipv4: z.boolean().nullish(),
  ipv6: z.boolean().nullish(),
});
const recordsSchema = z.object({
  dnsRecords: z.array(
    z.object({
      id: z.number(),
      hostname: z.string(),
      recordType: z.string(),
      ttl: z.number(),
      textData: z.string().nullish(),
      ipv4Address: z.string().nullish(),
      ipv6Address: z.string().nullish(),
      host: z.string().nullish(),
      priority: z.number().nullish(),
      weight: z.number().nullish(),
      port: z.number().nullish(),
    }),
  ),
});
const failureSchema = z.object({
  statusCode: z.number(),
  type: z.string().nullish(),
  message: z.string().nullish(),
});

/** `secret` is the API key. */
export function createDynuPublisher(
  world: DnsWorld,
  _account: AccountSetting,
  secret: string,
): Publisher {
  return new ApiPublisher(new Dynu(world, secret));
}

class Dynu implements RecordApi {
  readonly capabilities = {
    types: commonTypes,
    namesBelow: true,
    minimumTtl: MINIMUM_TTL,
    removes: true,
    atomic: false,
    readable: true,
    namesPerRequest: 1,
    limits: { rates: [{ count: 30, seconds: 60 }], outageSeconds: 600, throttledSeconds: 600 },
    keepAliveDays: null,
  } as const;
  readonly #client: ApiClient;

  constructor(world: DnsWorld, key: string) {
    this.#client = new ApiClient({
      world,
      base: "https://api.dynu.com/v2",
      headers: { "api-key": key },
      redact: redactor([key]),
      judge,
    });
  }

  async findZone(fqdn: string): Promise<ApiZone | null> {
    const root = await this.#client.find(`/dns/getroot/${fqdn}`, rootSchema);
    if (root === null) return null;
    return { id: String(root.id), name: root.domainName, minimumTtl: MINIMUM_TTL };
  }

  async list(zone: ApiZone): Promise<ApiRecord[]> {
    const own = await this.#client.call("GET", `/dns/${zone.id}`, domainSchema);
    const path = `/dns/${zone.id}/record`;
    const { dnsRecords } = await this.#client.call("GET", path, recordsSchema);
    const ttl = own.ttl ?? MINIMUM_TTL;
    const ipv4 = own.ipv4 === false ? "" : (own.ipv4Address ?? "");
    const ipv6 = own.ipv6 === false ? "" : (own.ipv6Address ?? "");
    return [
      { id: "", name: zone.name, ttl, data: readValue("A", ipv4) },
      { id: "", name: zone.name, ttl, data: readValue("AAAA", ipv6) },
      ...dnsRecords.map((record) => ({
        id: String(record.id),
        name: record.hostname,
        ttl: record.ttl,
        data: readValue(record.recordType, valueIn(record)),
      })),
    ].flatMap(({ data, ...record }) => (data === null ? [] : [{ ...record, data }]));
  }

  async change(zone: ApiZone, changes: readonly SetChange[]): Promise<void> {
    for (const change of changes) {
      const isAddress = change.type === "A" || change.type === "AAAA";
      if (isAddress && change.name === zone.name) await this.#changeDomain(zone, change);
      else await this.#changeRecords(zone, change);
    }
  }

  async #changeDomain(zone: ApiZone, { type, ttl, after }: SetChange): Promise<void> {
    const [data] = after;
    const address = data !== undefined && "address" in data ? data.address : null;
    const body =
      type === "A"
        ? { ipv4: address !== null, ...(address === null ? {} : { ipv4Address: address }) }
        : { ipv6: address !== null, ...(address === null ? {} : { ipv6Address: address }) };
    const whole = { name: zone.name, ttl, ...body };
    await this.#client.call("POST", `/dns/${zone.id}`, z.unknown(), whole);
  }

  async #changeRecords(zone: ApiZone, change: SetChange): Promise<void> {
    const { creates, edits, deletes } = recordSteps(change);
    const path = `/dns/${zone.id}/record`;
    const common = {
      nodeName: labelIn(change.name, zone, ""),
      recordType: change.type,
      ttl: change.ttl,
      state: true,
      group: "",
    };
    for (const data of creates) {
      await this.#client.call("POST", path, z.unknown(), { ...common, ...fieldsOf(data) });
    }
    for (const { record, data } of edits) {
      const body = { ...common, ...fieldsOf(data) };
      await this.#client.call("POST", `${path}/${record.id}`, z.unknown(), body);
    }
    for (const { id } of deletes) await this.#client.call("DELETE", `${path}/${id}`, z.unknown());
  }
}

function valueIn(record: z.infer<typeof recordsSchema>["dnsRecords"][number]): string {
  switch (record.recordType) {
    case "A":
      return record.ipv4Address ?? "";
    case "AAAA":
      return record.ipv6Address ?? "";
    case "TXT":
      return record.textData ?? "";
    case "SRV":
      return `${record.priority ?? 0} ${record.weight ?? 0} ${record.port ?? 0} ${record.host ?? ""}`;
    default:
      return record.host ?? "";
  }
}

function fieldsOf(data: RecordData): object {
  switch (data.type) {
    case "A":
      return { ipv4Address: data.address };
    case "AAAA":
      return { ipv6Address: data.address };
    case "SRV": {
      const { priority, weight, port, target } = data;
      return { priority, weight, port, host: target };
    }
    case "CNAME":
      return { host: data.target };
    default:
      return { textData: plainText(data) ?? "" };
  }
}

/** Errors come as JSON with a status of their own, sometimes beside HTTP 200. */
const judge: Judge = ({ status }, json, say) => {
  const failure = failureSchema.safeParse(json).data;
  const code = failure?.statusCode ?? status;
  if (code === 401 || code === 403) return credentialsRefused(`status ${code}`);
  if (code === 404 || code < 400) return null;
  const said = `status ${code}: ${say(failure?.message ?? failure?.type ?? "")}`;
  // 501 with such a type is about what was asked, not about the server.
  if (code < 500 || /argument|validation/i.test(failure?.type ?? "")) return nameRefused(said);
  return {
    kind: "later",
    scope: "account",
    reason: "server",
    seconds: null,
    problem: problem("dns-server-trouble", said),
  };
};
