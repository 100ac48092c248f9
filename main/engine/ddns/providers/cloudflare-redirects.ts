/**
 * Redirects of Cloudflare: a rule of the zone's phase `http_request_dynamic_redirect` (Rulesets API, Single Redirects),
 * and a proxied address under the name, without which no browser comes to Cloudflare. 100:: is the discard prefix
 * (RFC 6666) that Cloudflare documents for names without a server behind them. The token needs Single Redirect:Edit.
 */
import { z } from "zod";
import type { ApiClient } from "./api-client.ts";
import type { RedirectApi } from "./redirects.ts";
import type { ApiZone } from "./zones.ts";

const PHASE = "http_request_dynamic_redirect";
const PLACEHOLDER = "100::";
const MARK = "Homeport";

const ruleSchema = z.object({
  id: z.string(),
  expression: z.string().optional(),
  description: z.string().optional(),
  action_parameters: z
    .object({
      from_value: z.object({
        target_url: z.object({ value: z.string().optional(), expression: z.string().optional() }),
      }),
    })
    .optional()
    .catch(undefined),
});
type Rule = z.infer<typeof ruleSchema>;
const rulesetSchema = z.object({
  result: z.object({ id: z.string(), rules: z.array(ruleSchema).default([]) }),
});
const placeholdersSchema = z.object({
  result: z.array(z.object({ id: z.string(), content: z.string().optional() })),
});

/** True for the address that a redirect of ours needs; it is no record of the name's. */
export function isPlaceholder(record: {
  readonly content?: string | undefined;
  readonly proxied?: boolean | undefined;
}): boolean {
  return record.content === PLACEHOLDER && record.proxied === true;
}

export class CloudflareRedirects implements RedirectApi {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async read(zone: ApiZone, host: string): Promise<string | null> {
    const rule = (await this.#ruleset(zone))?.rules.find(isFor(host));
    if (rule === undefined) return null;
    // Half of ours is none yet; somebody else's counts whatever stands under the name.
    const isOurs = rule.description?.startsWith(MARK) === true;
    if (isOurs && (await this.#placeholders(zone, host)).length === 0) return null;
    return locationOf(rule);
  }

  async set(zone: ApiZone, host: string, location: string): Promise<void> {
    if ((await this.#placeholders(zone, host)).length === 0) {
      const record = {
        type: "AAAA",
        name: host,
        content: PLACEHOLDER,
        ttl: 1,
        proxied: true,
        comment: MARK,
      };
      await this.#client.call("POST", `/zones/${zone.id}/dns_records`, z.unknown(), record);
    }
    const ruleset = await this.#ruleset(zone);
    const rule = ruleOf(host, location);
    if (ruleset === null) {
      const body = { name: "default", kind: "zone", phase: PHASE, rules: [rule] };
      await this.#client.call("POST", `/zones/${zone.id}/rulesets`, z.unknown(), body);
      return;
    }
    const path = `/zones/${zone.id}/rulesets/${ruleset.id}/rules`;
    const old = ruleset.rules.find(isFor(host));
    if (old === undefined) await this.#client.call("POST", path, z.unknown(), rule);
    else await this.#client.call("PATCH", `${path}/${old.id}`, z.unknown(), rule);
  }

  async remove(zone: ApiZone, host: string): Promise<void> {
    const ruleset = await this.#ruleset(zone);
    for (const { id } of ruleset?.rules.filter(isFor(host)) ?? []) {
      const path = `/zones/${zone.id}/rulesets/${ruleset?.id}/rules/${id}`;
      await this.#client.call("DELETE", path, z.unknown());
    }
    for (const { id } of await this.#placeholders(zone, host)) {
      await this.#client.call("DELETE", `/zones/${zone.id}/dns_records/${id}`, z.unknown());
    }
  }

  /** Null while the zone has no rule of this phase. */
  async #ruleset(zone: ApiZone): Promise<z.infer<typeof rulesetSchema>["result"] | null> {
    const path = `/zones/${zone.id}/rulesets/phases/${PHASE}/entrypoint`;
    return (await this.#client.find(path, rulesetSchema))?.result ?? null;
  }

  async #placeholders(zone: ApiZone, host: string): Promise<readonly { readonly id: string }[]> {
    const path = `/zones/${zone.id}/dns_records?type=AAAA&name=${host}`;
    const { result } = await this.#client.call("GET", path, placeholdersSchema);
    return result.filter(({ content }) => content === PLACEHOLDER);
  }
}

function expressionOf(host: string): string {
  return `(http.host eq "${host}")`;
}

function isFor(host: string): (rule: Rule) => boolean {
  return ({ expression }) => expression === expressionOf(host);
}

/** 302, so that browsers ask again after the port has changed. */
function ruleOf(host: string, location: string): object {
  return {
    action: "redirect",
    action_parameters: {
      from_value: {
        status_code: 302,
        target_url: { expression: `concat("${location}", http.request.uri.path)` },
        preserve_query_string: true,
      },
    },
    expression: expressionOf(host),
    description: `${MARK}: ${host}`,
    enabled: true,
  };
}

function locationOf({ action_parameters: parameters }: Rule): string {
  const target = parameters?.from_value.target_url;
  const ours = /^concat\("([^"\\]*)", http\.request\.uri\.path\)$/.exec(target?.expression ?? "");
  return ours?.[1] ?? target?.value ?? target?.expression ?? "another rule";
}
