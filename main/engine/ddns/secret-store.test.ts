import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileSecretStore, SessionSecretStore } from "./secret-store.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "homeport-secrets-"));
  path = join(directory, "secrets.json");
});
afterEach(() => rmSync(directory, { recursive: true }));

test("secrets are kept in a file that only its owner can read, and removed", async () => {
  const store = new FileSecretStore(path, {});
  expect(await store.read("home-dns")).toBeNull();
  await store.write("home-dns", "one");
  await store.write("other", "two");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await new FileSecretStore(path, {}).read("home-dns")).toBe("one");
  await store.write("home-dns", null);
  expect(await store.read("home-dns")).toBeNull();
  expect(await store.read("other")).toBe("two");
});

test("an environment variable goes first", async () => {
  const store = new FileSecretStore(path, { HOMEPORT_SECRET_HOME_DNS: "from outside" });
  await store.write("home-dns", "one");
  expect(await store.read("home-dns")).toBe("from outside");
  expect(await store.read("other")).toBeNull();
});

test("a file that others can read is refused, without what is in it", async () => {
  writeFileSync(path, `{"a": "hush"}`);
  chmodSync(path, 0o640);
  await expect(new FileSecretStore(path, {}).read("a")).rejects.toThrow(/chmod 600/);
});

test("a damaged file is kept aside and told, without what is in it", async () => {
  writeFileSync(path, `{"a": "hush`, { mode: 0o600 });
  const reading = new FileSecretStore(path, {}).read("a");
  await expect(reading).rejects.toThrow(/damaged; it was kept as/);
  await expect(reading).rejects.not.toThrow(/hush/);
  expect(readdirSync(directory)).toEqual([expect.stringMatching(/^secrets\.corrupt-/)]);
});

test("the session's store forgets with it", async () => {
  const store = new SessionSecretStore();
  await store.write("a", "one");
  expect(await store.read("a")).toBe("one");
  expect(await new SessionSecretStore().read("a")).toBeNull();
});
