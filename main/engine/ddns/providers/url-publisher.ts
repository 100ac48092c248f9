/** Names at providers that take an update as one web address: dyndns2 and its relatives. */
import { problem } from "../../../../shared/problems.ts";
import type { AccountSetting } from "../../../../shared/settings.ts";
import type { DnsWorld } from "../lookup/exchange.ts";
import type { HttpsRequest } from "../network.ts";
import type {
  CheckOutcome,
  NameWrite,
  Publisher,
  PublisherCapabilities,
  ReadOutcome,
  WriteOutcome,
} from "../publisher.ts";
import type { Refusal } from "../refusal.ts";
import type { RecordType } from "../wire/rdata.ts";
import { judgeDyndns2 } from "./dyndns2-answer.ts";
import { credentialsRefused, httpRefusal, nameRefused, unknownAnswer } from "./http-refusal.ts";
import { excerpt, type Redact, redactor } from "./redaction.ts";
import { noRedirects } from "./redirects.ts";
import type { UrlProvider } from "./url-providers.ts";
import { fillTemplate, templateMistake, type TemplateValues } from "./url-template.ts";
import { USER_AGENT } from "./user-agent.ts";

/** Milliseconds for a call, and bytes of its answer: words, or a small page. */
const TIMEOUT = 20_000;
const MAX_BYTES = 65_536;

export function createUrlPublisher(
  provider: UrlProvider,
  world: DnsWorld,
  account: AccountSetting,
  secret: string,
): Publisher | Refusal {
  const update = provider.update ?? templateOf(provider, account.server);
  const mistake = templateMistake(update);
  if (mistake !== null) {
    return { kind: "fatal", scope: "account", problem: problem("dns-account", mistake) };
  }
  return new UrlPublisher({ ...provider, update }, world, account, secret);
}

/** A whole template, or the address of a dyndns2 server: `dyn.example` or `https://dyn.example/nic/update`. */
function templateOf({ auth }: UrlProvider, server: string): string {
  if (auth === "address" || server.includes("{")) return server;
  const base = /^https?:\/\//.test(server) ? server : `https://${server}`;
  const path = /^https?:\/\/[^/]+\/?$/.test(base) ? `${base.replace(/\/$/, "")}/nic/update` : base;
  return `${path}${path.includes("?") ? "&" : "?"}hostname={host}&myip={ips}`;
}

interface Call {
  readonly hosts: readonly string[];
  readonly template: string;
  readonly values: TemplateValues;
  /** Addresses the provider is told. */
  readonly sent: readonly string[];
}

class UrlPublisher implements Publisher {
  readonly capabilities: PublisherCapabilities;
  readonly #provider: UrlProvider & { readonly update: string };
  readonly #world: DnsWorld;
  readonly #account: AccountSetting;
  readonly #secret: string;
  readonly #redact: Redact;

  constructor(
    provider: UrlProvider & { readonly update: string },
    world: DnsWorld,
    account: AccountSetting,
    secret: string,
  ) {
    this.#provider = provider;
    this.#world = world;
    this.#account = account;
    this.#secret = secret;
    this.#redact = redactor([secret]);
    this.capabilities = {
      types: provider.families === "ipv4" ? ["A"] : ["A", "AAAA"],
      namesBelow: false,
      minimumTtl: 0,
      removes: provider.remove !== null,
      redirects: noRedirects,
      atomic: true,
      readable: false,
      namesPerRequest: provider.namesPerRequest,
      limits: provider.limits,
      keepAliveDays: provider.keepAliveDays ?? null,
    };
  }

  async check(): Promise<CheckOutcome> {
    return { kind: "untestable" };
  }

  async read(): Promise<ReadOutcome> {
    return { kind: "read", sets: new Map() };
  }

  async write(writes: readonly NameWrite[]): Promise<ReadonlyMap<string, WriteOutcome>> {
    const outcomes = new Map<string, WriteOutcome>();
    for (const call of this.#calls(writes)) {
      // What one call was refused for would be refused again.
      const hosts = call.hosts.filter((host) => (outcomes.get(host)?.kind ?? "done") === "done");
      if (hosts.length < call.hosts.length) continue;
      const told = await this.#call(call);
      for (const host of hosts) outcomes.set(host, told.get(host) ?? { kind: "conflict" });
      const refusal = [...told.values()].find(isAccountRefusal);
      if (refusal === undefined) continue;
      for (const { fqdn } of writes) if (!outcomes.has(fqdn)) outcomes.set(fqdn, refusal);
      break;
    }
    return outcomes;
  }

  /** The calls for `writes`: names with the same addresses together, removals first. */
  #calls(writes: readonly NameWrite[]): readonly Call[] {
    const { families, remove, update } = this.#provider;
    const calls = new Map<string, Call>();
    const add = (fqdn: string, template: string, values: TemplateValues): void => {
      const key = JSON.stringify([template, values, template.includes("{label}") ? fqdn : ""]);
      const sent = [values.ipv4, values.ipv6].flatMap((address) => address ?? []);
      const hosts = [...(calls.get(key)?.hosts ?? []), fqdn];
      calls.set(key, { hosts, template, values, sent });
    };
    for (const write of writes) {
      const removed = write.changes.filter(({ after }) => after.length === 0);
      const ipv4 = addressOf(write, "A");
      const ipv6 = families === "ipv4" ? null : addressOf(write, "AAAA");
      if (remove !== null) {
        for (const { before } of remove.includes("{ip}") ? removed : removed.slice(0, 1)) {
          const [old] = before ?? [];
          if (old !== undefined && "address" in old) add(write.fqdn, remove, { ip: old.address });
        }
      }
      if (families === "each") {
        const changed = write.changes.filter(({ after }) => after.length > 0);
        if (ipv4 !== null && changed.some(({ type }) => type === "A")) {
          add(write.fqdn, update, { ip: ipv4, ips: ipv4, ipv4 });
        }
        if (ipv6 !== null && changed.some(({ type }) => type === "AAAA")) {
          add(write.fqdn, update, { ip: ipv6, ips: ipv6, ipv6 });
        }
      } else if (ipv4 !== null || ipv6 !== null) {
        add(write.fqdn, update, {
          ...(ipv4 === null ? {} : { ipv4 }),
          ...(ipv6 === null ? {} : { ipv6 }),
          ip: ipv4 ?? ipv6 ?? "",
          ips: [ipv4, ipv6].filter((address) => address !== null).join(","),
        });
      }
    }
    return [...calls.values()];
  }

  async #call(call: Call): Promise<ReadonlyMap<string, WriteOutcome>> {
    const { hosts } = call;
    const all = (outcome: WriteOutcome): ReadonlyMap<string, WriteOutcome> =>
      new Map(hosts.map((host) => [host, outcome]));
    const request = this.#request(call);
    if (request === null) {
      return all(nameRefused("the provider cannot do without the address that is not known"));
    }
    const answer = await this.#world.network.https(request);
    if (answer.kind === "failed") {
      return all(httpRefusal(answer, 0) ?? nameRefused(answer.reason));
    }
    const { phrases, anySuccess } = this.#provider;
    const { status, body } = answer;
    const isSuccess = status >= 200 && status < 300;
    if (isSuccess && phrases?.done.test(body) === true) return all({ kind: "done" });
    if (phrases?.credentials?.test(body) === true) return all(credentialsRefused(`HTTP ${status}`));
    if (phrases?.name?.test(body) === true) {
      const words = phrases.name.exec(body)?.[0].replace(/^<\w+>/, "") ?? "";
      return all(nameRefused(excerpt(words, this.#redact)));
    }
    const refusal = httpRefusal(answer, this.#world.environment.clock.now());
    const judged = judgeDyndns2(body, hosts, call.sent);
    // “good” does not count beside a status that says otherwise; 911 may well come with 503.
    if (
      judged !== null &&
      (isSuccess || [...judged.values()].every(({ kind }) => kind !== "done"))
    ) {
      return judged;
    }
    if (refusal !== null) return all(refusal);
    if (isSuccess && anySuccess === true) return all({ kind: "done" });
    if (status === 401 || status === 403) return all(credentialsRefused(`HTTP ${status}`));
    if (status === 404 || status === 400) return all(nameRefused(`HTTP ${status}`));
    return all(unknownAnswer(answer, this.#redact));
  }

  /** Null when the template wants an address that we do not have. */
  #request({ hosts, template, values }: Call): HttpsRequest | null {
    const { auth, basicUser } = this.#provider;
    const [host = ""] = hosts;
    const { label, zone } = this.#split(host);
    const { user } = this.#account;
    const url = fillTemplate(template, {
      ...values,
      host: hosts.join(","),
      label,
      zone,
      user,
      secret: this.#secret,
    });
    if (url === null) return null;
    const credentials = `${basicUser === "host" ? host : user}:${this.#secret}`;
    return {
      method: "GET",
      url,
      headers: {
        "user-agent": USER_AGENT,
        accept: "text/plain, */*;q=0.5",
        ...(auth === "basic"
          ? { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }
          : {}),
      },
      timeout: TIMEOUT,
      maxBytes: MAX_BYTES,
    };
  }

  /** `home` and `duckdns.org`; without a known zone the last two labels are taken for it. */
  #split(host: string): { readonly label: string; readonly zone: string } {
    const zone =
      this.#provider.suffix ?? (this.#account.zone || host.split(".").slice(-2).join("."));
    if (host === zone) return { label: "@", zone };
    return { label: host.endsWith(`.${zone}`) ? host.slice(0, -zone.length - 1) : host, zone };
  }
}

function isAccountRefusal(outcome: WriteOutcome): outcome is Refusal {
  return (outcome.kind === "fatal" || outcome.kind === "later") && outcome.scope === "account";
}

function addressOf({ fqdn, desired }: NameWrite, type: RecordType): string | null {
  const [data] = desired.find((rrset) => rrset.name === fqdn && rrset.type === type)?.data ?? [];
  return data !== undefined && "address" in data ? data.address : null;
}
