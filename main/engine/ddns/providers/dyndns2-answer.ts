/**
 * The answers of dyndns2 (help.dyn.com/return-codes and what vendors added): one line a host in the order sent, or one
 * line for the whole call. The first word decides; words inside a line mean nothing.
 */
import ipaddr from "ipaddr.js";
import { problem } from "../../../../shared/problems.ts";
import type { WriteOutcome } from "../publisher.ts";
import type { Refusal } from "../refusal.ts";

/** Addresses of one line that are read; a host has one of each family. */
const MOST_ADDRESSES = 4;
/** Characters of the longest IPv6 address. */
const LONGEST_ADDRESS = 45;

/** Codes that are about the call, whatever host stands in that line. */
const accountCodes: Readonly<Record<string, () => Refusal>> = {
  badauth: () => fatal("account", "dns-credentials", "badauth"),
  badagent: () => fatal("account", "dns-client-refused", "badagent"),
  badsys: () => fatal("account", "dns-client-refused", "badsys"),
  "911": () => outage("911"),
  servererror: () => outage("servererror"),
};

const hostCodes: Readonly<Record<string, () => WriteOutcome>> = {
  nohost: () => fatal("name", "dns-name-refused", "nohost"),
  notfqdn: () => fatal("name", "dns-name-refused", "notfqdn"),
  numhost: () => fatal("name", "dns-name-refused", "numhost"),
  "!yours": () => fatal("name", "dns-name-refused", "!yours"),
  "!active": () => fatal("name", "dns-name-refused", "!active"),
  "!donator": () => fatal("name", "dns-option-refused", "!donator"),
  abuse: () => fatal("name", "dns-abuse", "abuse"),
  dnserr: () => ({
    kind: "later",
    scope: "name",
    reason: "server",
    seconds: null,
    problem: problem("dns-server-trouble", "dnserr"),
  }),
  // HE: asked again too soon.
  interval: () => ({
    kind: "later",
    scope: "name",
    reason: "throttled",
    seconds: null,
    problem: problem("dns-rate-limit", "interval"),
  }),
};

/**
 * The outcome for each of `hosts`; null when the body holds none of the protocol's words. `sent` are the addresses
 * that were sent.
 */
export function judgeDyndns2(
  body: string,
  hosts: readonly string[],
  sent: readonly string[],
): ReadonlyMap<string, WriteOutcome> | null {
  const lines = body
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const wanted = new Set(sent.map(canonical));
  const judged = lines.slice(0, hosts.length).map((line) => judgeLine(line, wanted));
  const [first] = judged;
  if (first === undefined || first === null) return null;
  // A code about the call stands alone, or in any line.
  const whole = lines.find((line) => Object.hasOwn(accountCodes, wordOf(line)));
  const forAll = whole === undefined ? null : judgeLine(whole, wanted);
  return new Map(
    hosts.map((host, index): [string, WriteOutcome] => [
      host,
      forAll ?? judged[index] ?? missingLine(lines.length, hosts.length),
    ]),
  );
}

function judgeLine(line: string, wanted: ReadonlySet<string>): WriteOutcome | null {
  const word = wordOf(line);
  const known = Object.hasOwn(accountCodes, word)
    ? accountCodes[word]
    : Object.hasOwn(hostCodes, word)
      ? hostCodes[word]
      : undefined;
  if (known !== undefined) return known();
  if (word !== "good" && word !== "nochg") return null;
  const told = line
    .split(/[\s,]+/, MOST_ADDRESSES + 1)
    .slice(1)
    .filter((text) => text.length > 3 && text.length <= LONGEST_ADDRESS && ipaddr.isValid(text))
    .map(canonical);
  // Dyn: the request was ignored, whatever “good” sounds like.
  if (told.includes("127.0.0.1") && !wanted.has("127.0.0.1")) {
    return fatal("account", "dns-client-refused", "good 127.0.0.1");
  }
  if (told.length > 0 && !told.some((address) => wanted.has(address))) {
    return {
      kind: "later",
      scope: "name",
      reason: "server",
      seconds: null,
      problem: problem("dns-bad-answer", `it says it took ${told.join(", ")}`),
    };
  }
  return { kind: "done" };
}

function missingLine(lines: number, hosts: number): Refusal {
  return {
    kind: "later",
    scope: "name",
    reason: "server",
    seconds: null,
    problem: problem("dns-bad-answer", `${lines} lines for ${hosts} names`),
  };
}

function wordOf(line: string): string {
  return line.split(/[\s,]/, 1)[0]?.toLowerCase() ?? "";
}

function canonical(address: string): string {
  return ipaddr.process(address).toString();
}

function fatal(
  scope: "account" | "name",
  code:
    | "dns-credentials"
    | "dns-client-refused"
    | "dns-name-refused"
    | "dns-option-refused"
    | "dns-abuse",
  word: string,
): Refusal {
  return { kind: "fatal", scope, problem: problem(code, word) };
}

function outage(word: string): Refusal {
  return {
    kind: "later",
    scope: "account",
    reason: "outage",
    seconds: null,
    problem: problem("dns-server-trouble", word),
  };
}
