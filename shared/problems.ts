/** Every reason Homeport gives, as a stable code with a plain sentence. Scripts read codes, people read sentences. */
import type { Problem } from "./snapshot.ts";

const sentences = {
  "no-gateway": "No router found: this PC has no default route. Check the network cable or Wi-Fi.",
  "interface-away":
    "The connection chosen in the settings leads to no router at the moment. Connect it, or choose another one.",
  "no-response":
    "The router does not answer. Switch on PCP, NAT-PMP or UPnP in its settings; Homeport keeps trying.",
  "not-authorized": "The router refuses to open this port for this PC.",
  "unsupported-version": "The router speaks an older protocol that Homeport cannot use yet.",
  unsupported: "The router does not support this kind of mapping.",
  malformed: "The router could not read our request.",
  "network-failure": "The router has no working internet connection at the moment.",
  "no-resources": "The router's table of open ports is full.",
  "quota-exceeded": "The router allows no more open ports for this PC.",
  "cannot-provide-external": "The router cannot give the external port you asked for.",
  "address-mismatch":
    "Another router stands between this PC and the one that answered (address mismatch).",
  "third-party-refused":
    "The router does not let this PC open ports for another device. Run Homeport on that device instead.",
  "excessive-remote-peers": "The router cannot hold that many allowed visitors.",
  "sources-unsupported":
    "The router cannot limit who may connect, so the port stays closed. Let everyone connect, or limit it in the server.",
  "no-ipv4-visitors": "Closed over IPv4: no IPv4 address may connect.",
  "no-ipv6-visitors": "Closed over IPv6: no IPv6 address may connect.",
  "ipv6-alone": "Closed over IPv4: the server listens on IPv6 addresses alone.",
  "gateway-error": "The router answered with an error Homeport does not know.",
  "network-unreachable": "This PC cannot send to the router.",
  "external-port-taken": "The router gave another external port than the one you asked for.",
  "block-incomplete":
    "This server needs several ports, and one of them cannot be opened, so none is open.",
  "mapping-in-use": "A port that is open now needs this entry. Close that port instead.",
  "mapping-foreign": "Nothing shows that Homeport on this PC made this entry, so it stays.",
  unsafe: "What listens there should not be reachable from the internet, so it stays closed.",
  "limited-ports":
    "Your line seems to own only some port numbers (MAP-E): the router gives one of those, and no other can be had. Names with an SRV record lead friends to it.",
  "double-nat":
    "The router's own internet address is private: another router stands before it, and its ports are closed.",
  "shared-address":
    "Your provider shares one internet address among many customers (CGN), so visitors cannot get through this way.",
  "ds-lite":
    "Your provider carries IPv4 through a tunnel (DS-Lite), so visitors cannot get through this way.",
  "unusable-address": "The router has no address that can be reached from the internet.",
  "address-differs":
    "The internet sees another address than your router tells: most likely your provider (CGN) or another router keeps visitors out. Ask the provider for an address of your own.",
  "observer-unknown":
    "The server that tells which address the internet sees cannot be found. Check its name in the settings.",
  "observer-silent": "The server that tells which address the internet sees does not answer.",
  "observer-unusable":
    "The server that tells which address the internet sees gives no usable answer. Choose another one in the settings.",
  "observer-detour":
    "This PC's traffic takes another way than through your router (a VPN, for one), so it cannot be told which address the internet sees of it.",
  "dns-credentials":
    "The DNS provider refuses the user name, password or token. Homeport asks no more until you enter other ones.",
  "dns-no-secret": "There is no password, token or key for this account yet.",
  "dns-account": "The account's settings cannot be used.",
  "dns-provider-unknown": "Homeport does not know this DNS provider.",
  "dns-name-refused":
    "The DNS provider does not let this account change this name. Check that the name exists there and is yours.",
  "dns-option-refused": "The DNS provider wants a paid plan for this.",
  "dns-abuse":
    "The DNS provider has blocked this name for too many updates. Unblock it on the provider's site, then choose “Update now”.",
  "dns-client-refused": "The DNS provider does not accept updates from this version of Homeport.",
  "dns-server-trouble": "The DNS provider has trouble at the moment.",
  "dns-rate-limit": "The DNS provider asks for fewer updates; the next one waits.",
  "dns-unreachable": "The DNS provider cannot be reached.",
  "dns-bad-answer": "The DNS provider gave an answer that makes no sense.",
  "dns-key-unknown": "The DNS server does not know this key (BADKEY). Check the key's name.",
  "dns-key-secret":
    "The DNS server has another secret for this key (BADSIG). Paste the key again as the server has it.",
  "dns-clock":
    "The clocks of this PC and of the DNS server differ by more than five minutes (BADTIME). Set this PC's clock.",
  "dns-update-refused": "The DNS server does not let this key change the name.",
  "dns-zone": "Nobody says which DNS server is in charge of this name. Check how it is spelt.",
  "dns-foreign-records":
    "Other records already stand under this name, and Homeport did not make them. It replaces them only if you allow it.",
  "dns-owned-elsewhere":
    "Another Homeport looks after this name. It is taken over only if you allow it.",
  "dns-no-redirect":
    "This provider cannot send browsers on from a web name, so friends need the address with its port.",
  "dns-redirect-refused":
    "The DNS provider does not let this account send browsers on from a web name. Allow it there, then choose “Update now”.",
  "dns-web-name":
    "The web name must be another name than the one that leads here: one name cannot do both.",
  "dns-not-visible": "The DNS servers still tell something else than what the provider accepted.",
  disk: "Homeport cannot write its records to the disk, so it opens nothing that it could not close again.",
} as const;

export type ProblemCode = keyof typeof sentences;

/** The Problem for `code`; `detail` (evidence, e.g. a result code) is appended in brackets. */
export function problem(code: ProblemCode, detail?: string): Problem {
  const sentence = sentences[code];
  return { code, message: detail === undefined ? sentence : `${sentence} (${detail})` };
}

/** True for the codes of this version; files may hold those of others. */
export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === "string" && Object.hasOwn(sentences, code);
}
