/**
 * Words from outside without our secrets in them. A server may echo what it was sent: as it came, encoded for a web
 * address, as JSON, as HTML, or as the base64 of Basic authentication.
 */
import type { Problem } from "../../../../shared/snapshot.ts";
import type { Publisher } from "../publisher.ts";
import type { Refusal } from "../refusal.ts";

/** Characters of a text from outside that are shown. */
const EXCERPT = 80;
/** Encoded forms shorter than this stand in ordinary words by chance. */
const SHORTEST_FORM = 4;

/** Takes all forms of `secrets` out of a text. */
export type Redact = (text: string) => string;

export function redactor(secrets: readonly string[]): Redact {
  const forms = [...new Set(secrets.filter((secret) => secret !== "").flatMap(formsOf))]
    // A form that holds another goes first, or the rest of it would stay.
    .toSorted((a, b) => b.length - a.length);
  return (text) => forms.reduce((clean, form) => clean.replaceAll(form, "…"), text);
}

/** The beginning of a text from outside, printable. Redacted before it is cut, since half a secret is one too. */
export function excerpt(text: string, redact: Redact): string {
  return redact(text)
    .replaceAll(/[^\x20-\x7e…]+/g, " ")
    .trim()
    .slice(0, EXCERPT);
}

/** `publisher`, of which no outcome has a secret in its words, whatever its own code did with a server's. */
export function guarded(publisher: Publisher, redact: Redact): Publisher {
  const clean = <T extends object>(outcome: T): T =>
    "problem" in outcome
      ? { ...outcome, problem: cleanProblem(outcome.problem as Problem, redact) }
      : outcome;
  return {
    get capabilities() {
      const { capabilities } = publisher;
      const { redirects } = capabilities;
      return redirects === true
        ? capabilities
        : { ...capabilities, redirects: cleanProblem(redirects, redact) };
    },
    reconsider: () => publisher.reconsider?.(),
    check: async (fqdn) => clean(await publisher.check(fqdn)),
    read: async (refs) => clean(await publisher.read(refs)),
    write: async (writes) => {
      const outcomes = await publisher.write(writes);
      return new Map([...outcomes].map(([fqdn, outcome]) => [fqdn, clean(outcome)]));
    },
  };
}

export function cleanRefusal(refusal: Refusal, redact: Redact): Refusal {
  return { ...refusal, problem: cleanProblem(refusal.problem, redact) };
}

function cleanProblem({ code, message }: Problem, redact: Redact): Problem {
  return { code, message: redact(message) };
}

/** A secret as servers may give it back. */
function formsOf(text: string): readonly string[] {
  // Half a surrogate pair cannot be encoded, and is sent as something else.
  const secret = Buffer.from(text).toString();
  const percent = encodeURIComponent(secret);
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
  const encoded = [
    percent,
    encodeURIComponent(percent),
    form,
    encodeURI(secret),
    ...[percent, form, encodeURI(secret)].map(lowerHex),
    json,
    json.replaceAll("/", "\\/"),
    asciiJson(json),
    html,
    ...["&#39;", "&#039;", "&#x27;", "&apos;"].map((quote) => html.replaceAll("'", quote)),
    ...base64FormsOf(secret),
    Buffer.from(secret).toString("hex"),
    Buffer.from(secret).toString("latin1"),
  ];
  return [text, ...encoded.filter((text) => text.length >= SHORTEST_FORM)];
}

/** In base64 a text looks different at each offset from a multiple of three, as behind `user:`. */
function base64FormsOf(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    // Characters that hold nothing but bits of the secret.
    const [first, end] = [Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return (["base64", "base64url"] as const).map((kind) => bytes.toString(kind).slice(first, end));
  });
}

function lowerHex(text: string): string {
  return text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/** As servers write JSON that keep to ASCII. */
function asciiJson(json: string): string {
  return json.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
