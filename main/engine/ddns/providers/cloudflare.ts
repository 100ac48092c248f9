/** Cloudflare, API v4. All changes of a zone go as one batch, which its database takes whole or not at all. */
import { z } from "zod";
import { problem } from "../../../../shared/problems.ts";
import type { AccountSetting } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { Publisher } from "../publisher.ts";
import { recordText } from "../wire/presentation.ts";
import type { RecordData } from "../wire/rdata.ts";
import { svcParamText } from "../wire/svcb.ts";
import { ApiClient, type Judge } from "./api-client.ts";
import { ApiPublisher } from "./api-publisher.ts";
import { readValue } from "./api-text.ts";
import { CloudflareRedirects, isPlaceholder } from "./cloudflare-redirects.ts";
import { credentialsRefused } from "./http-refusal.ts";
import { allTypes, type RecordApi } from "./record-api.ts";
import { type ApiRecord, recordSteps, type SetChange } from "./record-steps.ts";
import { type ApiZone, askForZone } from "./zones.ts";
import { redactor } from "./redaction.ts";

const PAGE = 1000;
const MAX_PAGES = 20;
/** Owner names up to which they are asked for one by one. */
const FEW = 5;

const recordSchema = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  content: z.string().optional(),
  proxied: z.boolean().optional(),
  ttl: z.number(),
  data: z
    .object({
      priority: z.number().optional(),
      weight: z.number().optional(),
      port: z.number().optional(),
      target: z.string().optional(),
      value: z.string().optional(),
    })
    .optional(),
});
const listSchema = z.object({
  result: z.array(recordSchema),
  result_info: z.object({ total_pages: z.number() }).optional(),
});
const zonesSchema = z.object({ result: z.array(z.object({ id: z.string(), name: z.string() })) });
const failureSchema = z.object({
  success: z.literal(false),
  errors: z.array(z.object({ code: z.number(), message: z.string() })),
});

/** `secret` is an API token with the permission Zone:DNS:Edit (and Zone:Read). */
export function createCloudflarePublisher(
  world: DnsWorld,
  _account: AccountSetting,
  secret: string,
): Publisher {
  return new ApiPublisher(new Cloudflare(world, secret));
}

class Cloudflare implements RecordApi {
  readonly capabilities = {
    types: allTypes,
    namesBelow: true,
    minimumTtl: 60,
    removes: true,
    atomic: true,
    readable: true,
    // A free zone takes batches of 200 records.
    namesPerRequest: 30,
    limits: {
      // 1200 calls in five minutes for the whole user, who may have other programs.
      rates: [{ count: 60, seconds: 300 }],
      outageSeconds: 300,
      throttledSeconds: 300,
    },
    keepAliveDays: null,
  } as const;
  readonly redirects: CloudflareRedirects;
  readonly #client: ApiClient;

  constructor(world: DnsWorld, token: string) {
    this.#client = new ApiClient({
      world,
      base: "https://api.cloudflare.com/client/v4",
      headers: { authorization: `Bearer ${token}` },
      redact: redactor([token]),
      judge,
    });
    this.redirects = new CloudflareRedirects(this.#client);
  }

  async findZone(fqdn: string): Promise<ApiZone | null> {
    return askForZone(fqdn, async (name) => {
      const { result } = await this.#client.call("GET", `/zones?name=${name}`, zonesSchema);
      const [zone] = result;
      return zone === undefined ? null : { ...zone, minimumTtl: 60 };
    });
  }

  async list(zone: ApiZone, refs: readonly { readonly name: string }[]): Promise<ApiRecord[]> {
    const owners = [...new Set(refs.map(({ name }) => name))];
    const filters = owners.length > FEW ? [""] : owners.map((name) => `&name=${name}`);
    const records: ApiRecord[] = [];
    for (const filter of filters) {
      for (let page = 1; page <= MAX_PAGES; page += 1) {
        const path = `/zones/${zone.id}/dns_records?per_page=${PAGE}&page=${page}${filter}`;
        const { result, result_info } = await this.#client.call("GET", path, listSchema);
        records.push(...result.filter((one) => !isPlaceholder(one)).flatMap(readRecord));
        if (page >= (result_info?.total_pages ?? 1)) break;
      }
    }
    return records;
  }

  async change(zone: ApiZone, changes: readonly SetChange[]): Promise<void> {
    const steps = changes.map((change) => ({ change, ...recordSteps(change) }));
    const body = {
      deletes: steps.flatMap(({ deletes }) => deletes.map(({ id }) => ({ id }))),
      puts: steps.flatMap(({ change, edits }) =>
        edits.map(({ record, data }) => ({ id: record.id, ...writeRecord(change, data) })),
      ),
      posts: steps.flatMap(({ change, creates }) =>
        creates.map((data) => writeRecord(change, data)),
      ),
    };
    await this.#client.call("POST", `/zones/${zone.id}/dns_records/batch`, z.unknown(), body);
  }
}

function writeRecord({ name, type, ttl }: SetChange, data: RecordData): object {
  const common = { name, type, ttl, comment: "Homeport" };
  switch (data.type) {
    case "A":
    case "AAAA":
      // Behind the proxy only web pages on a few ports would be reached.
      return { ...common, content: data.address, proxied: false };
    case "SRV": {
      const { priority, weight, port, target } = data;
      return { ...common, data: { priority, weight, port, target } };
    }
    case "HTTPS":
    case "SVCB": {
      const { priority, target, params } = data;
      return { ...common, data: { priority, target, value: params.map(svcParamText).join(" ") } };
    }
    default:
      return { ...common, content: recordText(data) };
  }
}

function readRecord({
  id,
  name,
  type,
  ttl,
  content,
  data,
}: z.infer<typeof recordSchema>): ApiRecord[] {
  const structured =
    type === "SRV"
      ? `${data?.priority} ${data?.weight} ${data?.port} ${data?.target}`
      : `${data?.priority} ${data?.target} ${data?.value ?? ""}`;
  const isStructured = type === "SRV" || type === "HTTPS" || type === "SVCB";
  const read = readValue(type, isStructured ? structured : (content ?? ""));
  return read === null ? [] : [{ id, name, ttl, data: read }];
}

/** Errors come with `success: false`, sometimes beside a status that says otherwise. */
const judge: Judge = ({ status }, json, say) => {
  const failure = failureSchema.safeParse(json);
  const [error] = failure.data?.errors ?? [];
  if (status === 401 || status === 403) {
    return credentialsRefused(error === undefined ? `HTTP ${status}` : `code ${error.code}`);
  }
  if (error === undefined) return null;
  const { code, message } = error;
  // The zone has no rules of a phase yet.
  if (status === 404 && code === 10_003) return null;
  if (credentialCodes.has(code)) return credentialsRefused(`code ${code}`);
  if (conflictCodes.has(code)) return "conflict";
  if (code === 971 || code === 10_100) {
    return {
      kind: "later",
      scope: "account",
      reason: "throttled",
      seconds: null,
      problem: problem("dns-rate-limit", `code ${code}`),
    };
  }
  return {
    kind: "fatal",
    scope: "name",
    problem: problem("dns-name-refused", `code ${code}: ${say(message)}`),
  };
};

/** Authentication failed, access refused, header malformed. */
const credentialCodes: ReadonlySet<number> = new Set([10_000, 9109, 9106, 6003, 6111, 10_001]);
/** Such a record, or an alias beside it, already exists; the record to change is gone. */
const conflictCodes: ReadonlySet<number> = new Set([81_053, 81_054, 81_057, 81_058, 81_044]);
