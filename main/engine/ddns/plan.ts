/**
 * Which records a name should have: a pure function of what is exposed, what client programs honour, what the
 * provider can write, and (for what cannot be told now) what was published before. “Could not tell” never deletes.
 */
import { type AddressScope, addressScope } from "../../../shared/address-scope.ts";
import { problem, type ProblemCode } from "../../../shared/problems.ts";
import type { NameSetting } from "../../../shared/settings.ts";
import type { Problem } from "../../../shared/snapshot.ts";
import type { ExposedService, KnownEndpoint, PlanInput, ServiceHint } from "./plan-input.ts";
import { type Rrset, rrsetKey, type RrsetRef, type SetData } from "./rrset.ts";
import { planTargets, type TargetPlan } from "./targets.ts";
import type { RecordData } from "./wire/rdata.ts";
import { portParam } from "./wire/svcb.ts";
import { planRedirect, preservedRedirect, type RedirectPlan, webPorts } from "./web-redirect.ts";

/** `preserve`: cannot tell, leave as is. `abort`: what we know must not be published, leave as is. */
type Intent = "preserve" | "abort" | "clear" | "update";

export interface NamePlan {
  /** All records wanted, those to be preserved included; none removes the name. */
  readonly rrsets: readonly Rrset[];
  readonly intents: { readonly ipv4: Intent; readonly ipv6: Intent };
  /** Why something known is not published. */
  readonly problems: readonly Problem[];
  /** What to tell friends, for each exposure whose endpoint is known. */
  readonly shares: readonly { readonly key: string; readonly text: string }[];
}

/** Owner name of the TXT record that says whose the records of a name are. */
export function markerName(fqdn: string): string {
  return `_homeport.${fqdn}`;
}

export function planName(input: PlanInput): NamePlan {
  const { name, capabilities, services, published } = input;
  if (services.length === 0) {
    const keep = name.whenUnused === "keep" || !capabilities.removes;
    const kept = keep ? published : [];
    const intent = keep ? "preserve" : "clear";
    return { rrsets: kept, intents: { ipv4: intent, ipv6: intent }, problems: [], shares: [] };
  }
  const usable = services.map((service) => ({
    ...service,
    endpoints: service.endpoints.filter(
      (endpoint) => familyWanted(name, endpoint.address) && isPublic(endpoint),
    ),
  }));
  const targets = planTargets(name.fqdn, usable, capabilities);
  const ttl = Math.max(name.ttl, capabilities.minimumTtl);
  const wanted = new Map<string, Rrset>();
  const want = (ref: RrsetRef, data: readonly SetData[]): void => {
    const key = rrsetKey(ref);
    if (data.length === 0 || wanted.has(key)) return;
    wanted.set(key, { ...ref, ttl: ref.type === "REDIRECT" ? 0 : ttl, data });
  };
  for (const { host, ipv4, ipv6 } of targets.hosts) {
    if (ipv4 !== null) want({ name: host, type: "A" }, [{ type: "A", address: ipv4 }]);
    if (ipv6 !== null) want({ name: host, type: "AAAA" }, [{ type: "AAAA", address: ipv6 }]);
  }
  for (const service of usable) {
    for (const rrset of serviceRecords(input, service, targets)) want(rrset, rrset.data);
  }
  const redirect = planRedirect({ ...input, services: usable }, targets);
  if (redirect.rrset !== null) want(redirect.rrset, redirect.rrset.data);
  const intents = {
    ipv4: intentOf(input, 4, wanted.has(rrsetKey({ name: name.fqdn, type: "A" }))),
    ipv6: intentOf(input, 6, wanted.has(rrsetKey({ name: name.fqdn, type: "AAAA" }))),
  };
  for (const rrset of preserved(input, intents)) want(rrset, rrset.data);
  const able = [...wanted.values()].filter(
    ({ type }) => type === "REDIRECT" || capabilities.types.includes(type),
  );
  if (able.length > 0 && capabilities.namesBelow && capabilities.types.includes("TXT")) {
    const data: RecordData = { type: "TXT", strings: [input.marker] };
    able.unshift({ name: markerName(name.fqdn), type: "TXT", ttl, data: [data] });
  }
  return {
    rrsets: able,
    intents,
    problems: [...addressProblems(name, services), ...redirect.problems],
    shares: usable.flatMap((service) => {
      const text = shareText(input, service, targets, wanted, redirect);
      return text === null ? [] : [{ key: service.key, text }];
    }),
  };
}

/** SRV and HTTPS records of one service; both beside the addresses of its target. */
function serviceRecords(
  { name, capabilities }: PlanInput,
  { key, hint }: ExposedService,
  targets: TargetPlan,
): Rrset[] {
  const ways = targets.ways.get(key) ?? [];
  const [first] = ways;
  if (first === undefined) return [];
  const records: Rrset[] = [];
  if (hint.srv !== null && capabilities.types.includes("SRV") && capabilities.namesBelow) {
    records.push({
      name: `${hint.srv}.${name.fqdn}`,
      type: "SRV",
      ttl: 0,
      data: ways.map(({ host, port }, priority) => ({
        type: "SRV",
        priority,
        weight: 0,
        port,
        target: host,
      })),
    });
  }
  if (wantsHttps(name, hint) && capabilities.types.includes("HTTPS")) {
    records.push({
      name: name.fqdn,
      type: "HTTPS",
      ttl: 0,
      data: ways.map(({ host, port }, index) => ({
        type: "HTTPS",
        priority: index + 1,
        target: host === name.fqdn ? "." : host,
        params: port === 443 ? [] : [portParam(port)],
      })),
    });
  }
  return records;
}

/** An HTTPS record makes browsers insist on TLS (RFC 9460 §9.5), so it is published on the user's word alone. */
function wantsHttps(name: NameSetting, hint: ServiceHint): boolean {
  return name.httpsRecord && hint.scheme === "https";
}

/** Published records that stay because what should stand there cannot be told now. */
function preserved(input: PlanInput, intents: NamePlan["intents"]): readonly Rrset[] {
  const { name, services, published } = input;
  const unknown = services.filter(({ endpoints }) => !endpoints.some(isPublic));
  const owners = new Set(
    unknown.flatMap(({ hint }) => (hint.srv === null ? [] : [`${hint.srv}.${name.fqdn}`])),
  );
  const https = unknown.some(({ hint }) => wantsHttps(name, hint));
  const kept = published.filter(
    (rrset) =>
      (rrset.type === "SRV" && owners.has(rrset.name)) ||
      (rrset.type === "HTTPS" && https) ||
      (rrset.name === name.fqdn && rrset.type === "A" && stays(intents.ipv4)) ||
      (rrset.name === name.fqdn && rrset.type === "AAAA" && stays(intents.ipv6)),
  );
  const redirects = preservedRedirect(input);
  const hosts = new Set([...kept, ...redirects].flatMap(({ data }) => data.map(hostOf)));
  return [
    ...kept,
    ...redirects,
    ...published.filter(
      ({ name: host, type }) =>
        host !== name.fqdn && hosts.has(host) && (type === "A" || type === "AAAA"),
    ),
  ];
}

/** The host that a record leads to; empty where it leads to none. */
function hostOf(data: SetData): string {
  if (data.type === "REDIRECT") return new URL(data.location).hostname;
  return "target" in data ? data.target : "";
}

function stays(intent: Intent): boolean {
  return intent === "preserve" || intent === "abort";
}

function intentOf(
  { name, services, capabilities }: PlanInput,
  family: 4 | 6,
  planned: boolean,
): Intent {
  if (planned) return "update";
  if (!capabilities.removes) return "preserve";
  if (name.addresses !== "both" && name.addresses !== `ipv${family}`) return "clear";
  const known = services.flatMap(({ endpoints }) => endpoints);
  if (known.some(({ address }) => familyOf(address) === family)) return "abort";
  return services.some(({ endpoints }) => endpoints.length === 0) ? "preserve" : "clear";
}

function isPublic({ address, refusal }: KnownEndpoint): boolean {
  return refusal === undefined && addressScope(address) === "public";
}

const scopeProblems: Readonly<Record<Exclude<AddressScope, "public">, ProblemCode>> = {
  private: "double-nat",
  shared: "shared-address",
  "ds-lite": "ds-lite",
  loopback: "unusable-address",
  unusable: "unusable-address",
};

/** One problem for each address that is known but must not be published. */
function addressProblems(name: NameSetting, services: readonly ExposedService[]): Problem[] {
  const known = new Map(
    services.flatMap(({ endpoints }) => endpoints.map((endpoint) => [endpoint.address, endpoint])),
  );
  return [...known.values()].flatMap(({ address, refusal }) => {
    if (!familyWanted(name, address)) return [];
    if (refusal !== undefined) return [refusal];
    const scope = addressScope(address);
    return scope === "public" ? [] : [problem(scopeProblems[scope], address)];
  });
}

/** What friends type: the bare name where their program finds the port by itself. */
function shareText(
  { name, capabilities }: PlanInput,
  { key, hint }: ExposedService,
  targets: TargetPlan,
  wanted: ReadonlyMap<string, Rrset>,
  redirect: RedirectPlan,
): string | null {
  const [way] = targets.ways.get(key) ?? [];
  if (way === undefined) return null;
  // Of two servers of one kind only the first has the record.
  const owner = rrsetKey({ name: `${hint.srv ?? ""}.${name.fqdn}`, type: "SRV" });
  const bySrv =
    hint.srv !== null &&
    capabilities.types.includes("SRV") &&
    wanted
      .get(owner)
      ?.data.some(
        (data) => data.type === "SRV" && data.target === way.host && data.port === way.port,
      );
  if (bySrv === true) return name.fqdn;
  if (redirect.service === key) return `http://${name.webName}/`;
  const isDefault = way.port === (hint.scheme === null ? hint.defaultPort : webPorts[hint.scheme]);
  const host = isDefault ? way.host : `${way.host}:${way.port}`;
  return hint.scheme === null ? host : `${hint.scheme}://${host}/`;
}

function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

function familyWanted({ addresses }: NameSetting, address: string): boolean {
  return addresses === "both" || addresses === `ipv${familyOf(address)}`;
}
