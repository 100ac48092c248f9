import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { excerpt, redactor } from "./redaction.ts";

/** Eight or more characters, most of which mean something to an expression, an address, JSON, HTML or base64. */
const secrets = fc.string({
  minLength: 8,
  maxLength: 40,
  unit: fc.constantFrom(...Array.from("aZ09$&+,/:;=?@ \"<>#%{}|\\^~[]`'()*!.-_äß☃")),
});

const echoes: Readonly<Record<string, (secret: string, user: string) => string>> = {
  "as it is": (secret) => secret,
  "in an address": (secret) => `/nic?key=${encodeURIComponent(secret)}&x=1`,
  "in an address, lower case": (secret) =>
    encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
  "in an address twice": (secret) => encodeURIComponent(encodeURIComponent(secret)),
  "in a form": (secret) => new URLSearchParams({ password: secret }).toString(),
  "as JSON": (secret) => JSON.stringify({ secret }),
  "as JSON of PHP": (secret) => JSON.stringify({ secret }).replaceAll("/", "\\/"),
  "as HTML": (secret) =>
    secret
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#039;"),
  "as Basic authentication": (secret, user) => Buffer.from(`${user}:${secret}`).toString("base64"),
  "as base64 for addresses": (secret, user) =>
    Buffer.from(`${user}:${secret}`).toString("base64url"),
  "in hexadecimal": (secret) => Buffer.from(secret).toString("hex"),
};

describe.each(Object.entries(echoes))("a secret that comes back %s", (_how, echo) => {
  test("is not shown", () => {
    fc.assert(
      fc.property(secrets, fc.string({ maxLength: 5 }), (secret, user) => {
        const shown = redactor([secret])(`You sent ${echo(secret, user)}, which is wrong.`);
        expect(decodings(shown).filter((text) => text.includes(secret))).toEqual([]);
      }),
    );
  });

  test("is not shown where the text is cut in the middle of it", () => {
    fc.assert(
      fc.property(secrets, fc.integer({ min: 0, max: 90 }), (secret, before) => {
        const shown = excerpt(`${".".repeat(before)}${echo(secret, "")}`, redactor([secret]));
        // Ordinary punctuation is not given away by a few characters of it.
        const half = secret.slice(0, 6);
        fc.pre(new Set(half).size > 3);
        expect(decodings(shown).filter((text) => text.includes(half))).toEqual([]);
      }),
    );
  });
});

test("other words stay", () => {
  expect(excerpt("HTTP 404\n<b>no such host</b>", redactor(["s3cr3t", ""]))).toBe(
    "HTTP 404 <b>no such host</b>",
  );
});

/** What somebody could read out of a text. */
function decodings(text: string): readonly string[] {
  const words = text.split(/[\s"',;&=:…]+/);
  return [
    text,
    ...words.map((word) => Buffer.from(word, "base64").toString()),
    ...words.map((word) => Buffer.from(word, "hex").toString()),
    ...[text, text.replaceAll("+", " ")].map(percentDecoded),
    ...[text, text.replaceAll("+", " ")].map((one) => percentDecoded(percentDecoded(one))),
    text.replaceAll(/\\(["\\/])/g, "$1"),
    text
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#039;", "'")
      .replaceAll("&amp;", "&"),
  ];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
