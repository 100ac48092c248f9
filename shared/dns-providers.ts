/** What a person needs to know of each DNS provider to enter an account there. How they are spoken to is the engine's. */

export interface DnsProvider {
  /** As accounts name it. */
  readonly id: string;
  readonly name: string;
  /** What the provider calls the user; null where the secret alone says who it is. */
  readonly user: string | null;
  /** What the provider calls the secret. */
  readonly secret: string;
  /** Of servers that one runs or chooses oneself. */
  readonly server?: { readonly label: string; readonly hint: string; readonly required: boolean };
  /** True where the zone may have to be told. */
  readonly zone?: true;
  /** All its names end in this. */
  readonly suffix?: string;
}

export const dnsProviders: readonly DnsProvider[] = [
  { id: "cloudflare", name: "Cloudflare", user: null, secret: "API token (Zone:DNS:Edit)" },
  { id: "ddnss", name: "DDNSS.de", user: null, secret: "Update key" },
  { id: "desec", name: "deSEC (dedyn.io)", user: null, secret: "Token" },
  { id: "dnsomatic", name: "DNS-O-Matic", user: "User name", secret: "Password" },
  { id: "duckdns", name: "DuckDNS", user: null, secret: "Token", suffix: "duckdns.org" },
  { id: "dyn", name: "Dyn", user: "User name", secret: "Updater client key" },
  { id: "dynu", name: "Dynu", user: null, secret: "API key" },
  { id: "dynv6", name: "dynv6", user: null, secret: "HTTP token" },
  { id: "freedns", name: "FreeDNS (afraid.org)", user: "User name", secret: "Password" },
  { id: "hetzner", name: "Hetzner", user: null, secret: "API token (read and write)" },
  { id: "hosting-de", name: "hosting.de", user: "User name", secret: "Password" },
  { id: "he", name: "Hurricane Electric", user: null, secret: "Key of the name" },
  { id: "infomaniak", name: "Infomaniak", user: "User name", secret: "Password" },
  { id: "inwx", name: "INWX", user: "DynDNS user", secret: "Password" },
  { id: "ipv64", name: "IPv64.net", user: null, secret: "Update key" },
  { id: "namecheap", name: "Namecheap", user: null, secret: "Dynamic DNS password", zone: true },
  { id: "noip", name: "No-IP", user: "User name or e-mail address", secret: "Password" },
  { id: "nsupdate-info", name: "nsupdate.info", user: null, secret: "Update secret of the name" },
  { id: "ovh", name: "OVHcloud", user: "DynHost user", secret: "Password" },
  { id: "porkbun", name: "Porkbun", user: null, secret: "Both keys (pk1_… sk1_…)" },
  { id: "strato", name: "STRATO", user: "Domain", secret: "DynDNS password" },
  { id: "variomedia", name: "Variomedia", user: "User name", secret: "Password" },
  { id: "ydns", name: "YDNS", user: "API user", secret: "API secret" },
  {
    id: "dns-update",
    name: "Own DNS server (RFC 2136)",
    user: null,
    secret: "TSIG key, as the server has it",
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
    server: { label: "Server", hint: "For example dyn.example.org.", required: true },
  },
  {
    id: "custom",
    name: "Own update address",
    user: "User name",
    secret: "Password or token",
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
