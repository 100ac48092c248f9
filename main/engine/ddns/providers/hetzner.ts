/** Hetzner, DNS in the Cloud API v1. Sets of records are changed one by one. */
import { z } from "zod";
import type { AccountSetting } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { Publisher } from "../publisher.ts";
import type { Refusal } from "../refusal.ts";
import type { DnsRef } from "../rrset.ts";
import { recordText } from "../wire/presentation.ts";
import { type Answer, ApiClient } from "./api-client.ts";
import { ApiPublisher } from "./api-publisher.ts";
import { absoluteText, readValue } from "./api-text.ts";
import { credentialsRefused } from "./http-refusal.ts";
import { allTypes, type RecordApi } from "./record-api.ts";
import { type ApiRecord, type SetChange } from "./record-steps.ts";
import { type ApiZone, askForZone, labelIn } from "./zones.ts";
import { redactor } from "./redaction.ts";

const zonesSchema = z.object({
  zones: z.array(z.object({ id: z.union([z.number(), z.string()]), name: z.string() })),
});
const rrsetSchema = z.object({
  rrset: z.object({
    // Null where the zone's own counts.
    ttl: z.number().nullable(),
    records: z.array(z.object({ value: z.string() })),
  }),
});
const failureSchema = z.object({ error: z.object({ code: z.string() }) });

/** `secret` is an API token of the project, with read and write permission. */
export function createHetznerPublisher(
  world: DnsWorld,
  _account: AccountSetting,
  secret: string,
): Publisher {
  return new ApiPublisher(new Hetzner(world, secret));
}

class Hetzner implements RecordApi {
  readonly capabilities = {
    types: allTypes,
    namesBelow: true,
    minimumTtl: 60,
    removes: true,
    atomic: false,
    readable: true,
    namesPerRequest: 1,
    limits: {
      // 3600 calls an hour; one write of ours takes up to ten.
      rates: [{ count: 300, seconds: 3600 }],
      outageSeconds: 300,
      throttledSeconds: 60,
    },
    keepAliveDays: null,
  } as const;
  readonly #client: ApiClient;

  constructor(world: DnsWorld, token: string) {
    this.#client = new ApiClient({
      world,
      base: "https://api.hetzner.cloud/v1",
      headers: { authorization: `Bearer ${token}` },
      redact: redactor([token]),
      judge,
    });
  }

  async findZone(fqdn: string): Promise<ApiZone | null> {
    return askForZone(fqdn, async (name) => {
      const { zones } = await this.#client.call("GET", `/zones?name=${name}`, zonesSchema);
      const [zone] = zones;
      return zone === undefined ? null : { id: String(zone.id), name: zone.name, minimumTtl: 60 };
    });
  }

  async list(zone: ApiZone, refs: readonly DnsRef[]): Promise<ApiRecord[]> {
    const records: ApiRecord[] = [];
    for (const ref of refs) {
      const found = await this.#client.find(pathOf(zone, ref), rrsetSchema);
      for (const { value } of found?.rrset.records ?? []) {
        const data = readValue(ref.type, value);
        if (data !== null) {
          records.push({ id: "", name: ref.name, ttl: found?.rrset.ttl ?? 0, data });
        }
      }
    }
    return records;
  }

  async change(zone: ApiZone, changes: readonly SetChange[]): Promise<void> {
    for (const change of changes) await this.#changeOne(zone, change);
  }

  async #changeOne(zone: ApiZone, change: SetChange): Promise<void> {
    const { name, type, ttl, before, after } = change;
    const path = pathOf(zone, change);
    const records = after.map((data) => ({ value: absoluteText(data, recordText) }));
    if (after.length === 0) {
      if (before.length > 0) await this.#client.call("DELETE", path, z.unknown());
    } else if (before.length === 0) {
      const body = { name: labelIn(name, zone, "@"), type, ttl, records };
      await this.#client.call("POST", `/zones/${zone.id}/rrsets`, z.unknown(), body);
    } else {
      await this.#client.call("POST", `${path}/actions/set_records`, z.unknown(), { records });
      if (before.some((record) => record.ttl !== ttl)) {
        await this.#client.call("POST", `${path}/actions/change_ttl`, z.unknown(), { ttl });
      }
    }
  }
}

function pathOf(zone: ApiZone, { name, type }: DnsRef): string {
  return `/zones/${zone.id}/rrsets/${encodeURIComponent(labelIn(name, zone, "@"))}/${type}`;
}

function judge({ status }: Answer, json: unknown): Refusal | "conflict" | null {
  const code = failureSchema.safeParse(json).data?.error.code;
  if (status === 403 || code === "forbidden" || code === "unauthorized") {
    return credentialsRefused(code ?? `HTTP ${status}`);
  }
  return code === "uniqueness_error" || code === "conflict" ? "conflict" : null;
}
