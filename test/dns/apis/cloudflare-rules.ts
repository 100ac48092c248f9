/** Single Redirects of Cloudflare as documented: the zone's ruleset of one phase, and proxied addresses without a server. */
import type { ProviderAnswer, ProviderCall } from "../fake-provider.ts";

interface Rule {
  readonly id: string;
  readonly expression: string;
  readonly description: string;
  readonly action: string;
  readonly action_parameters: {
    readonly from_value: {
      readonly status_code: number;
      readonly target_url: { readonly expression?: string };
    };
  };
}

export class CloudflareRules {
  isAllowed = true;
  readonly #zone: string;
  /** Null while the zone has no rules of the phase. */
  #rules: Rule[] | null = null;
  #placeholders: { readonly id: string; readonly name: string }[] = [];
  #made = 0;

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** What browsers get: a rule counts only where a proxied address brings them to Cloudflare. */
  lines(): readonly string[] {
    return (this.#rules ?? []).flatMap(({ expression, action_parameters: parameters }) => {
      const host = /http\.host eq "([^"]+)"/.exec(expression)?.[1] ?? "";
      const { status_code: status, target_url: url } = parameters.from_value;
      const location = /^concat\("([^"]+)", http\.request\.uri\.path\)$/.exec(url.expression ?? "");
      const isReached = this.#placeholders.some(({ name }) => name === host);
      return status === 302 && isReached ? [`${host} ${location?.[1]}`] : [];
    });
  }

  placeholders(name: string | undefined): readonly object[] {
    return this.#placeholders
      .filter((one) => name === undefined || one.name === name)
      .map((one) => ({ ...one, type: "AAAA", ttl: 1, content: "100::", proxied: true }));
  }

  /** Null for what is not about redirects. */
  handle(path: string, { method, body, query }: ProviderCall): ProviderAnswer | null {
    if (path === "/zones/z1/dns_records" && method === "POST") {
      const { name, content, proxied } = JSON.parse(body) as Record<string, unknown>;
      if (content !== "100::" || proxied !== true) return failed(400, 9005, "Content");
      if (!String(name).endsWith(this.#zone)) return failed(400, 9009, "Name");
      this.#placeholders.push({ id: `p${this.#next()}`, name: String(name) });
      return ok({});
    }
    if (path === "/zones/z1/dns_records" && query["type"] === "AAAA") {
      return ok(this.placeholders(query["name"]));
    }
    const placeholder = /^\/zones\/z1\/dns_records\/(p\d+)$/.exec(path)?.[1];
    if (placeholder !== undefined && method === "DELETE") {
      this.#placeholders = this.#placeholders.filter(({ id }) => id !== placeholder);
      return ok({});
    }
    if (!path.startsWith("/zones/z1/rulesets")) return null;
    if (!this.isAllowed) return failed(403, 10_000, "Authentication error");
    return this.#ruleset(path, method, body);
  }

  #ruleset(path: string, method: string, body: string): ProviderAnswer {
    if (path.endsWith("/phases/http_request_dynamic_redirect/entrypoint")) {
      return this.#rules === null
        ? failed(404, 10_003, "could not find entrypoint ruleset")
        : ok({ id: "s1", rules: this.#rules });
    }
    const sent = (body === "" ? {} : JSON.parse(body)) as Rule & { readonly rules?: Rule[] };
    if (path === "/zones/z1/rulesets" && this.#rules === null) {
      this.#rules = (sent.rules ?? []).map((rule) => ({ ...rule, id: `u${this.#next()}` }));
      return ok({});
    }
    const id = /^\/zones\/z1\/rulesets\/s1\/rules(?:\/(\w+))?$/.exec(path)?.[1];
    const rules = this.#rules ?? [];
    switch (method) {
      case "POST":
        this.#rules = [...rules, { ...sent, id: `u${this.#next()}` }];
        return ok({});
      case "PATCH":
        this.#rules = rules.map((rule) => (rule.id === id ? { ...sent, id: rule.id } : rule));
        return ok({});
      default:
        this.#rules = rules.filter((rule) => rule.id !== id);
        return ok({});
    }
  }

  #next(): number {
    this.#made += 1;
    return this.#made;
  }
}

function ok(result: unknown): ProviderAnswer {
  return { body: { success: true, errors: [], messages: [], result } };
}

function failed(status: number, code: number, message: string): ProviderAnswer {
  return { status, body: { success: false, errors: [{ code, message }], result: null } };
}
