/**
 * Providers for which an address to call is all it takes. Facts of docs/providers.md; what a call means is in
 * url-publisher.ts. Only https, no address is ever left to be guessed from the connection.
 */
import type { Limits } from "../policy.ts";

/** Phrases of answers that are no dyndns2; the first that fits decides. */
interface Phrases {
  readonly done: RegExp;
  readonly credentials?: RegExp;
  readonly name?: RegExp;
  readonly throttled?: RegExp;
}

export interface UrlProvider {
  /** Form of url-template.ts; null where the user gives it. */
  readonly update: string | null;
  /** Takes a name's addresses away; null where the provider cannot. */
  readonly remove: string | null;
  /** How the secret travels: in the address, or in a header. */
  readonly auth: "address" | "basic";
  /** User of Basic authentication, where it is not the account's. */
  readonly basicUser?: "host";
  /** What one call carries: both addresses, one of them, or IPv4 alone. */
  readonly families: "both" | "each" | "ipv4";
  /** The part of the name that `{label}` leaves out, where it is always the same. */
  readonly suffix?: string;
  readonly namesPerRequest: number;
  /** Before the words of dyndns2 are looked for. */
  readonly phrases?: Phrases;
  /** Any answer with a 2xx status counts, where nothing more is known of the provider. */
  readonly anySuccess?: true;
  readonly limits: Limits;
  /** Days after which an unchanged name is sent again. */
  readonly keepAliveDays?: number;
}

const day = 86_400;

/** What No-IP demands after 911, and a budget that no honest client needs. */
const usual: Limits = {
  rates: [
    { count: 5, seconds: 60 },
    { count: 100, seconds: day },
  ],
  outageSeconds: 1800,
  throttledSeconds: 900,
};

/** The protocol as Dyn wrote it, for one family a call. */
function dyndns2(update: string, more: Partial<UrlProvider> = {}): UrlProvider {
  return {
    update,
    remove: null,
    auth: "basic",
    families: "each",
    namesPerRequest: 1,
    limits: usual,
    ...more,
  };
}

export const urlProviders: Readonly<Record<string, UrlProvider>> = {
  duckdns: {
    update:
      "https://www.duckdns.org/update?domains={label}&token={secret}[&ip={ipv4}][&ipv6={ipv6}]",
    remove: "https://www.duckdns.org/update?domains={label}&token={secret}&clear=true",
    auth: "address",
    families: "both",
    suffix: "duckdns.org",
    namesPerRequest: 1,
    // KO comes without a reason: the token, or a name that is not the account's.
    phrases: { done: /^OK\b/, name: /^KO\b/ },
    limits: usual,
  },
  noip: dyndns2("https://dynupdate.no-ip.com/nic/update?hostname={host}&myip={ips}", {
    families: "both",
    namesPerRequest: 20,
  }),
  freedns: dyndns2("https://freedns.afraid.org/nic/update?hostname={host}&myip={ip}", {
    phrases: {
      // That nothing changed comes as an error.
      done: /^Updated \d+ host|No IP change detected|has not changed/i,
      credentials: /^ERROR: .*(?:login|password|authentication)/i,
      name: /^ERROR: .*(?:Unable to locate|Invalid update URL)/i,
    },
  }),
  he: dyndns2("https://dyn.dns.he.net/nic/update?hostname={host}&myip={ip}", { basicUser: "host" }),
  namecheap: {
    update:
      "https://dynamicdns.park-your-domain.com/update?host={label}&domain={zone}&password={secret}&ip={ipv4}",
    remove: null,
    auth: "address",
    families: "ipv4",
    namesPerRequest: 1,
    phrases: {
      done: /<ErrCount>0<\/ErrCount>/i,
      credentials: /<Err1>[^<]*password/i,
      name: /<Err1>[^<]*(?:domain name|record not found|no records updated)/i,
    },
    limits: usual,
  },
  ovh: dyndns2("https://dns.eu.ovhapis.com/nic/update?system=dyndns&hostname={host}&myip={ip}"),
  ipv64: {
    update: "https://ipv64.net/nic/update?key={secret}&domain={host}[&ip={ipv4}][&ip6={ipv6}]",
    remove: null,
    auth: "address",
    families: "both",
    namesPerRequest: 1,
    limits: {
      ...usual,
      rates: [
        { count: 3, seconds: 10 },
        { count: 48, seconds: day },
      ],
    },
  },
  strato: dyndns2("https://dyndns.strato.com/nic/update?hostname={host}&myip={ips}", {
    families: "both",
  }),
  ddnss: {
    update: "https://ddnss.de/upd.php?key={secret}&host={host}[&ip={ipv4}][&ip6={ipv6}]",
    remove: null,
    auth: "address",
    families: "both",
    namesPerRequest: 1,
    // A web page around the words.
    phrases: {
      done: /\bgood\b|Updated \d+ hostname|\bNo change\b/i,
      credentials: /\bbadauth\b/i,
      name: /\b(?:notfqdn|badysys|badsys|noname)\b/i,
    },
    limits: usual,
  },
  ydns: dyndns2("https://ydns.io/api/v1/update/?host={host}&ip={ip}", {
    phrases: { done: /^ok\b/i },
  }),
  "nsupdate-info": dyndns2("https://ipv4.nsupdate.info/nic/update?hostname={host}&myip={ip}", {
    basicUser: "host",
    remove: "https://ipv4.nsupdate.info/nic/delete?hostname={host}&myip={ip}",
    phrases: { done: /^deleted\b/ },
  }),
  dyn: dyndns2("https://members.dyndns.org/v3/update?hostname={host}&myip={ip}", {
    namesPerRequest: 20,
    // Unchanged for 30 days, a name counts as forgotten.
    keepAliveDays: 25,
  }),
  dnsomatic: dyndns2("https://updates.dnsomatic.com/nic/update?hostname={host}&myip={ip}", {
    limits: { ...usual, rates: [{ count: 2, seconds: 600 }] },
  }),
  "hosting-de": dyndns2("https://ddns.hosting.de/nic/update?hostname={host}&myip={ip}"),
  infomaniak: dyndns2("https://infomaniak.com/nic/update?hostname={host}&myip={ip}"),
  inwx: dyndns2(
    "https://dyndns.inwx.com/nic/update?hostname={host}[&myip={ipv4}][&myipv6={ipv6}]",
    {
      families: "both",
    },
  ),
  variomedia: dyndns2("https://dyndns.variomedia.de/nic/update?hostname={host}&myip={ip}"),
  /** Any server that speaks dyndns2, one's own Rendezvous among them. */
  dyndns2: dyndns2("", { update: null, families: "both", keepAliveDays: 25 }),
  /** An address of the user's. */
  custom: {
    update: null,
    remove: null,
    auth: "address",
    families: "both",
    namesPerRequest: 1,
    anySuccess: true,
    limits: usual,
  },
};
