import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Keychain } from "./keychain.ts";
import { KeychainSecretStore } from "./keychain-secret-store.ts";

let directory: string;
let path: string;
let isThere: boolean;
let isRotated: boolean;

/** Hexadecimal: enough to tell it from the clear text. */
const keychain: Keychain = {
  available: () => Promise.resolve(isThere),
  encrypt: (text) => Promise.resolve(Buffer.from(Buffer.from(text).toString("hex"))),
  decrypt: (encrypted) => {
    const text = Buffer.from(Buffer.from(encrypted).toString(), "hex").toString();
    return Promise.resolve({ text, renewed: isRotated ? Buffer.from("rotated") : null });
  },
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-secrets-"));
  path = join(directory, "secrets.json");
  isThere = true;
  isRotated = false;
});
afterEach(() => rmSync(directory, { recursive: true }));

test("keeps a secret over a restart, encrypted and private", async () => {
  await new KeychainSecretStore(path, keychain).write("home", "top secret");
  expect(readFileSync(path, "utf8")).not.toContain("top secret");
  expect(statSync(path).mode & 0o077).toBe(0);
  const later = new KeychainSecretStore(path, keychain);
  expect(await later.read("home")).toBe("top secret");
  expect(await later.read("other")).toBeNull();
  await later.write("home", null);
  expect(await later.read("home")).toBeNull();
});

test("without a keychain it lasts for the run, and nothing is written", async () => {
  isThere = false;
  const store = new KeychainSecretStore(path, keychain);
  await store.write("home", "top secret");
  expect(await store.read("home")).toBe("top secret");
  expect(readdirSync(directory)).toEqual([]);
  expect(await new KeychainSecretStore(path, keychain).read("home")).toBeNull();
});

test("a keychain that went away takes no ciphertext with it", async () => {
  await new KeychainSecretStore(path, keychain).write("home", "top secret");
  isThere = false;
  await expect(new KeychainSecretStore(path, keychain).read("home")).rejects.toThrow(
    "locked or gone",
  );
  isThere = true;
  expect(await new KeychainSecretStore(path, keychain).read("home")).toBe("top secret");
});

test("stores again what a rotated key encrypts", async () => {
  const store = new KeychainSecretStore(path, keychain);
  await store.write("home", "top secret");
  isRotated = true;
  expect(await store.read("home")).toBe("top secret");
  expect(readFileSync(path, "utf8")).toContain(Buffer.from("rotated").toString("base64"));
});

test("a damaged file is kept aside and named, without what is in it", async () => {
  writeFileSync(path, '{"home": 7, "leak": "c2VjcmV0"');
  const store = new KeychainSecretStore(path, keychain);
  await expect(store.read("home")).rejects.toThrow(/is damaged; it was kept as/);
  expect(readdirSync(directory)).toEqual([expect.stringContaining("secrets.corrupt-")]);
  await store.write("home", "new");
  expect(await store.read("home")).toBe("new");
});
