/** Every reason Homeport gives, as a stable code with a plain sentence. Scripts read codes, people read sentences. */
import type { Problem } from "./snapshot.ts";

const sentences = {
  "no-gateway": "No router found: this PC has no default route. Check the network cable or Wi-Fi.",
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
  "excessive-remote-peers": "The router cannot hold that many allowed visitors.",
  "gateway-error": "The router answered with an error Homeport does not know.",
  "network-unreachable": "This PC cannot send to the router.",
  "external-port-taken": "The router gave another external port than the one you asked for.",
  "double-nat":
    "The router's own internet address is private: another router stands before it, and its ports are closed.",
  "shared-address":
    "Your provider shares one internet address among many customers (CGN), so visitors cannot get through this way.",
  "ds-lite": "Your provider carries IPv4 through a tunnel (DS-Lite), so visitors cannot get through this way.",
  "unusable-address": "The router has no address that can be reached from the internet.",
  disk: "Homeport cannot write its records to the disk, so it opens nothing that it could not close again.",
} as const;

export type ProblemCode = keyof typeof sentences;

/** The Problem for `code`; `detail` (evidence, e.g. a result code) is appended in brackets. */
export function problem(code: ProblemCode, detail?: string): Problem {
  const sentence = sentences[code];
  return { code, message: detail === undefined ? sentence : `${sentence} (${detail})` };
}
