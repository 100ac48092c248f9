import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTsigKey } from "./key.ts";

const secret = "c2l4dGVlbiBieXRlcyBvZiBhIHNlY3JldCBrZXkhISE=";
const bytes = Uint8Array.from(Buffer.from(secret, "base64"));

describe("accepted", () => {
  test.each([
    [
      "as tsig-keygen prints it",
      `key "home-key" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`,
    ],
    ["on one line, without quotes", `key home-key. { algorithm hmac-sha256; secret ${secret}; };`],
    [
      "in another order and case",
      `key "HOME-KEY" { secret "${secret}"; algorithm HMAC-SHA256.; };`,
    ],
    [
      "with comments around",
      `# key "other" {\n// key\n/* key "no" { } */\nkey "home-key" { algorithm "hmac-sha256"; secret "${secret}"; };\nnsupdate -k <keyfile>`,
    ],
    ["as for nsupdate -y", `hmac-sha256:home-key:${secret}`],
    ["as for nsupdate -y without an algorithm", ` home-key:${secret}\n`],
  ])("%s", (_what, text) => {
    expect(parseTsigKey(text)).toEqual({
      kind: "key",
      key: { name: "home-key", algorithm: "hmac-sha256", secret: bytes },
    });
  });
});

describe("refused", () => {
  test.each([
    ["", "expected what tsig-keygen prints"],
    ["hello world", "expected what tsig-keygen prints"],
    [`key "a" { algorithm hmac-md5; secret "${secret}"; };`, "the algorithm is none of"],
    [`hmac-sha3:a:${secret}`, "the algorithm is none of"],
    [`key "a" { secret "${secret}"; };`, "names no algorithm"],
    [`key "a" { algorithm hmac-sha256; };`, "has no secret"],
    [`key "a" { algorithm hmac-sha256; secret ""; };`, "not base64"],
    [`key "a" { algorithm hmac-sha256; secret "abc"; };`, "not base64"],
    [`key "a..b" { algorithm hmac-sha256; secret "${secret}"; };`, "no domain name"],
    [
      `key "a" { algorithm hmac-sha256; secret "${secret}"; }; key "b" { algorithm hmac-sha256; secret "${secret}"; };`,
      "more than one key",
    ],
    ["x".repeat(20_000), "too long"],
  ])("%s", (text, reason) => {
    const parsed = parseTsigKey(text);
    expect(parsed).toEqual({ kind: "invalid", reason: expect.stringContaining(reason) });
  });

  test("never repeats the text, which may hold the secret", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const parsed = parseTsigKey(`${before}{}s3cr3t-t0k3n${after}`);
        expect(JSON.stringify(parsed)).not.toContain("s3cr3t");
      }),
    );
  });
});
