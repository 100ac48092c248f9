/** Porkbun, JSON API v3. Records are changed one by one; the keys travel in the body of each call. */
import { z } from "zod";
import { problem } from "../../../../shared/problems.ts";
import type { AccountSetting } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { Publisher } from "../publisher.ts";
import type { Refusal } from "../refusal.ts";
import { recordText } from "../wire/presentation.ts";
import type { RecordData } from "../wire/rdata.ts";
import { ApiClient, type Judge } from "./api-client.ts";
import { ApiPublisher } from "./api-publisher.ts";
import { plainText, readValue } from "./api-text.ts";
import { credentialsRefused, nameRefused } from "./http-refusal.ts";
import { PorkbunRedirects } from "./porkbun-redirects.ts";
import { allTypes, type RecordApi } from "./record-api.ts";
import { type ApiRecord, recordSteps, type SetChange } from "./record-steps.ts";
import { type ApiZone, labelIn, zoneHolding } from "./zones.ts";
import { redactor } from "./redaction.ts";

/** Seconds; less is raised by Porkbun without a word. */
const MINIMUM_TTL = 600;

const text = z.union([z.string(), z.number()]).transform(String);
const domainsSchema = z.object({ domains: z.array(z.object({ domain: z.string() })) });
const recordsSchema = z.object({
  records: z.array(
    z.object({
      id: text,
      name: z.string(),
      type: z.string(),
      content: z.string(),
      ttl: text,
      prio: text.nullish(),
    }),
  ),
});
const failureSchema = z.object({ status: z.literal("ERROR"), message: z.string().default("") });

/** `secret` holds both keys, `pk1_…` and `sk1_…`, in any order with a space between. */
export function createPorkbunPublisher(
  world: DnsWorld,
  _account: AccountSetting,
  secret: string,
): Publisher | Refusal {
  const apikey = /\bpk1_\w+/.exec(secret)?.[0];
  const secretapikey = /\bsk1_\w+/.exec(secret)?.[0];
  if (apikey === undefined || secretapikey === undefined) {
    return {
      kind: "fatal",
      scope: "account",
      problem: problem("dns-account", "it needs both keys, pk1_… and sk1_…"),
    };
  }
  return new ApiPublisher(new Porkbun(world, { apikey, secretapikey }));
}

interface Keys {
  readonly apikey: string;
  readonly secretapikey: string;
}

class Porkbun implements RecordApi {
  readonly capabilities = {
    types: allTypes,
    namesBelow: true,
    minimumTtl: MINIMUM_TTL,
    removes: true,
    atomic: false,
    readable: true,
    namesPerRequest: 1,
    limits: { rates: [{ count: 20, seconds: 60 }], outageSeconds: 300, throttledSeconds: 120 },
    keepAliveDays: null,
  } as const;
  readonly redirects = new PorkbunRedirects((path, schema, body) => this.#post(path, schema, body));
  readonly #client: ApiClient;
  readonly #keys: Keys;

  constructor(world: DnsWorld, keys: Keys) {
    this.#keys = keys;
    this.#client = new ApiClient({
      world,
      base: "https://api.porkbun.com/api/json/v3",
      headers: {},
      redact: redactor(Object.values(keys)),
      judge,
    });
  }

  async findZone(fqdn: string): Promise<ApiZone | null> {
    const { domains } = await this.#post("/domain/listAll", domainsSchema);
    return zoneHolding(
      fqdn,
      domains.map(({ domain }) => ({ id: domain, name: domain, minimumTtl: MINIMUM_TTL })),
    );
  }

  async list(zone: ApiZone): Promise<ApiRecord[]> {
    const { records } = await this.#post(`/dns/retrieve/${zone.id}`, recordsSchema);
    return records.flatMap(({ id, name, type, content, ttl, prio }): ApiRecord[] => {
      const data = readValue(type, type === "SRV" ? `${prio ?? 0} ${content}` : content);
      return data === null ? [] : [{ id, name, ttl: Number(ttl), data }];
    });
  }

  async change(zone: ApiZone, changes: readonly SetChange[]): Promise<void> {
    for (const change of changes) {
      const { creates, edits, deletes } = recordSteps(change);
      const common = {
        name: labelIn(change.name, zone, ""),
        type: change.type,
        ttl: String(change.ttl),
      };
      for (const data of creates) {
        await this.#post(`/dns/create/${zone.id}`, z.unknown(), { ...common, ...valueOf(data) });
      }
      for (const { record, data } of edits) {
        const body = { ...common, ...valueOf(data) };
        await this.#post(`/dns/edit/${zone.id}/${record.id}`, z.unknown(), body);
      }
      for (const { id } of deletes) {
        await this.#post(`/dns/delete/${zone.id}/${id}`, z.unknown());
      }
    }
  }

  #post<T>(path: string, schema: z.ZodType<T>, body: object = {}): Promise<T> {
    return this.#client.call("POST", path, schema, { ...this.#keys, ...body });
  }
}

/** The priority of SRV is a field of its own. */
function valueOf(data: RecordData): { readonly content: string; readonly prio?: string } {
  if (data.type === "SRV") {
    const { priority, weight, port, target } = data;
    return { prio: String(priority), content: `${weight} ${port} ${target}` };
  }
  return { content: plainText(data) ?? recordText(data) };
}

const judge: Judge = ({ status }, json, say) => {
  // So it says that calls come too fast.
  if (status === 202) {
    return {
      kind: "later",
      scope: "account",
      reason: "throttled",
      seconds: null,
      problem: problem("dns-rate-limit", "HTTP 202"),
    };
  }
  const failure = failureSchema.safeParse(json);
  if (!failure.success) return status === 403 ? credentialsRefused("HTTP 403") : null;
  const message = say(failure.data.message);
  return /api key/i.test(message) ? credentialsRefused(message) : nameRefused(message);
};
