/** What a person needs to know of each DNS provider to enter an account there. How they are spoken to is the engine's. */

export interface DnsProvider {
  /** As accounts name it. */
  readonly id: string;
  readonly name: string;
  /** What the provider calls the user; null where the secret alone says who it is. */
  readonly user: string | null;
  /** What the provider calls the secret. */
  readonly secret: string;
  /** Where the secret is found, and what it has to allow. */
  readonly help: string;
  /** True where it keeps ports (SRV records) beside addresses, so that programs find them by the name alone. */
  readonly ports?: true;
  /** True where it can send browsers on from a second name. */
  readonly redirects?: true;
  /** Of servers that one runs or chooses oneself. */
  readonly server?: { readonly label: string; readonly hint: string; readonly required: boolean };
  /** True where the zone may have to be told. */
  readonly zone?: true;
  /** All its names end in this. */
  readonly suffix?: string;
}

export const dnsProviders: readonly DnsProvider[] = [
  {
    id: "cloudflare",
    name: "Cloudflare",
    user: null,
    secret: "API token",
    help: "Under My Profile → API Tokens, make one with Zone → DNS → Edit for your zone; for a web name also Zone → Single Redirect → Edit.",
    ports: true,
    redirects: true,
  },
  {
    id: "ddnss",
    name: "DDNSS.de",
    user: null,
    secret: "Update key",
    help: "On the page of your hosts; the key is the same for all of them.",
  },
  {
    id: "desec",
    name: "deSEC (dedyn.io)",
    user: null,
    secret: "Token",
    help: "Under Token Management; a token that is limited to your domain is enough.",
    ports: true,
  },
  {
    id: "dnsomatic",
    name: "DNS-O-Matic",
    user: "User name",
    secret: "Password",
    help: "The same as for your OpenDNS account.",
  },
  {
    id: "duckdns",
    name: "DuckDNS",
    user: null,
    secret: "Token",
    help: "Shown at the top of duckdns.org once you have signed in.",
    suffix: "duckdns.org",
  },
  {
    id: "dyn",
    name: "Dyn",
    user: "User name",
    secret: "Updater client key",
    help: "Under My Account → Updater Client Key; it works instead of the password.",
  },
  {
    id: "dynu",
    name: "Dynu",
    user: null,
    secret: "API key",
    help: "In the control panel under API Credentials.",
    ports: true,
  },
  {
    id: "dynv6",
    name: "dynv6",
    user: null,
    secret: "HTTP token",
    help: "Under Keys → HTTP Tokens; one that is limited to your zone is enough.",
    ports: true,
  },
  {
    id: "freedns",
    name: "FreeDNS (afraid.org)",
    user: "User name",
    secret: "Password",
    help: "The same as for the web site.",
  },
  {
    id: "hetzner",
    name: "Hetzner",
    user: null,
    secret: "API token (read and write)",
    help: "In the project that holds the zone, under Security → API Tokens.",
    ports: true,
  },
  {
    id: "hosting-de",
    name: "hosting.de",
    user: "User name",
    secret: "Password",
    help: "The user and password of the name's DynDNS entry, not of the account.",
  },
  {
    id: "he",
    name: "Hurricane Electric",
    user: null,
    secret: "Key of the name",
    help: "On the record's line: switch on dynamic DNS and generate a key.",
  },
  {
    id: "infomaniak",
    name: "Infomaniak",
    user: "User name",
    secret: "Password",
    help: "The user and password of the name's DDNS entry, not of the account.",
  },
  {
    id: "inwx",
    name: "INWX",
    user: "DynDNS user",
    secret: "Password",
    help: "The user and password of the DynDNS account, not of INWX itself.",
  },
  {
    id: "ipv64",
    name: "IPv64.net",
    user: null,
    secret: "Update key",
    help: "On the page of the name, as “Domain Update Key”; or the account's, for all names.",
  },
  {
    id: "namecheap",
    name: "Namecheap",
    user: null,
    secret: "Dynamic DNS password",
    help: "Under Advanced DNS → Dynamic DNS. The host's A record has to exist.",
    zone: true,
  },
  {
    id: "noip",
    name: "No-IP",
    user: "User name or e-mail address",
    secret: "Password",
    help: "Better than the account's own password: a DDNS key, made under DDNS Keys.",
  },
  {
    id: "nsupdate-info",
    name: "nsupdate.info",
    user: null,
    secret: "Update secret of the name",
    help: "Shown once, when you generate it on the page of the host.",
  },
  {
    id: "ovh",
    name: "OVHcloud",
    user: "DynHost user",
    secret: "Password",
    help: "The user and password of a DynHost login, made under Domain → DynHost.",
  },
  {
    id: "porkbun",
    name: "Porkbun",
    user: null,
    secret: "Both keys (pk1_… sk1_…)",
    help: "Under Account → API Access make both keys, and switch API Access on at the domain.",
    ports: true,
    redirects: true,
  },
  {
    id: "strato",
    name: "STRATO",
    user: "Domain",
    secret: "DynDNS password",
    help: "Set under Domains → DNS → Dynamic DNS; it is not the password of the account.",
  },
  {
    id: "variomedia",
    name: "Variomedia",
    user: "User name",
    secret: "Password",
    help: "As set for DynDNS in the customer portal.",
  },
  {
    id: "ydns",
    name: "YDNS",
    user: "API user",
    secret: "API secret",
    help: "Under Preferences → API credentials.",
  },
  {
    id: "dns-update",
    name: "Own DNS server (RFC 2136)",
    user: null,
    secret: "TSIG key, as the server has it",
    help: "The whole text that tsig-keygen prints, braces and all.",
    ports: true,
    server: {
      label: "Server (optional)",
      hint: "Leave it empty to find the zone’s primary server.",
      required: false,
    },
    zone: true,
  },
  {
    id: "dyndns2",
    name: "Other server that speaks dyndns2",
    user: "User name",
    secret: "Password",
    help: "As the server's owner gave them to you.",
    server: { label: "Server", hint: "For example dyn.example.org.", required: true },
  },
  {
    id: "custom",
    name: "Own update address",
    user: "User name",
    secret: "Password or token",
    help: "Stands in the address in place of {secret}; it is kept apart from it.",
    server: {
      label: "Update address",
      hint: "An https address; {host}, {ipv4}, {ipv6}, {user} and {secret} are filled in.",
      required: true,
    },
  },
];

/** The provider's name, else its id. */
export function providerName(id: string): string {
  return dnsProviders.find((provider) => provider.id === id)?.name ?? id;
}
