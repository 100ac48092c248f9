import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Keychain } from "./keychain.ts";
import { KeychainSecretStore } from "./keychain-secret-store.ts";

let directory: string;
let path: string;
let plainPath: string;
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

const start = (): KeychainSecretStore => new KeychainSecretStore({ path, plainPath, keychain });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-secrets-"));
  path = join(directory, "secrets.json");
  plainPath = join(directory, "secrets-unencrypted.json");
  isThere = true;
  isRotated = false;
});
afterEach(() => rmSync(directory, { recursive: true }));

test("keeps a secret over a restart, encrypted and private", async () => {
  await start().write("home", "top secret");
  expect(readFileSync(path, "utf8")).not.toContain("top secret");
  expect(statSync(path).mode & 0o077).toBe(0);
  const later = start();
  expect(await later.read("home")).toBe("top secret");
  expect(await later.read("other")).toBeNull();
  await later.write("home", null);
  expect(await later.read("home")).toBeNull();
});

test("without a keychain it lasts for the run, and nothing is written", async () => {
  isThere = false;
  const store = start();
  await store.write("home", "top secret");
  expect(await store.read("home")).toBe("top secret");
  expect(readdirSync(directory)).toEqual([]);
  expect(await start().read("home")).toBeNull();
});

test("a keychain that went away takes no ciphertext with it", async () => {
  await start().write("home", "top secret");
  isThere = false;
  await expect(start().read("home")).rejects.toThrow("locked or gone");
  isThere = true;
  expect(await start().read("home")).toBe("top secret");
});

test("stores again what a rotated key encrypts", async () => {
  const store = start();
  await store.write("home", "top secret");
  isRotated = true;
  expect(await store.read("home")).toBe("top secret");
  expect(readFileSync(path, "utf8")).toContain(Buffer.from("rotated").toString("base64"));
});

test("a damaged file is kept aside and named, without what is in it", async () => {
  writeFileSync(path, '{"home": 7, "leak": "c2VjcmV0"');
  const store = start();
  await expect(store.read("home")).rejects.toThrow(/is damaged; it was kept as/);
  expect(readdirSync(directory)).toEqual([expect.stringContaining("secrets.corrupt-")]);
  await store.write("home", "new");
  expect(await store.read("home")).toBe("new");
});

describe("without a keychain, the user may choose a file", () => {
  beforeEach(() => {
    isThere = false;
  });

  test("which is private, says by its name what it is, and lasts", async () => {
    const store = start();
    await store.write("home", "top secret");
    expect(await store.storage()).toBe("session");
    await store.allowFile(true);
    await store.write("other", "second");
    expect(await store.storage()).toBe("file");
    expect(readdirSync(directory)).toEqual(["secrets-unencrypted.json"]);
    expect(statSync(plainPath).mode & 0o077).toBe(0);
    const later = start();
    expect(await later.storage()).toBe("file");
    expect([await later.read("home"), await later.read("other")]).toEqual(["top secret", "second"]);
  });

  test("and take that back: the file goes, what is in use stays until the app quits", async () => {
    const store = start();
    await store.allowFile(true);
    await store.write("home", "top secret");
    await store.allowFile(false);
    expect(readdirSync(directory)).toEqual([]);
    expect([await store.read("home"), await store.storage()]).toEqual(["top secret", "session"]);
    expect(await start().read("home")).toBeNull();
  });

  test("a secret that is removed is in no place any more", async () => {
    const store = start();
    await store.allowFile(true);
    await store.write("home", "top secret");
    await store.write("home", null);
    expect(readFileSync(plainPath, "utf8")).not.toContain("top secret");
    expect(await store.read("home")).toBeNull();
  });

  test("is not chosen where there is a keychain, which also takes over once it is back", async () => {
    const store = start();
    await store.allowFile(true);
    await store.write("home", "top secret");
    isThere = true;
    expect(await store.storage()).toBe("keychain");
    expect(await store.read("home")).toBe("top secret");
    await store.write("home", "top secret");
    expect(readFileSync(plainPath, "utf8")).not.toContain("top secret");
    await store.allowFile(false);
    await store.allowFile(true);
    expect(readdirSync(directory)).toEqual(["secrets.json"]);
    expect(await start().read("home")).toBe("top secret");
  });

  test("a file that others can read is refused, in words without what is in it", async () => {
    writeFileSync(plainPath, '{"home": "top secret"}', { mode: 0o644 });
    await expect(start().read("home")).rejects.toThrow(/can be read by others/);
    await expect(start().read("home")).rejects.not.toThrow(/top secret/);
    await expect(start().allowFile(false)).rejects.toThrow(/can be read by others/);
    expect(readdirSync(directory)).toEqual([]);
  });
});
