/**
 * Secrets of accounts on disk, encrypted by the system's keychain. Without a keychain they are kept for this run alone,
 * unless the user lets them be kept in a file of their own, which is private but not encrypted: a key beside it, or the
 * one in Chromium's source code, would only look like protection. That file's being there is the user's consent.
 */
import { existsSync, rmSync } from "node:fs";
import { z } from "zod";
import type { SecretStorage } from "../../../shared/snapshot.ts";
import {
  FileSecretStore,
  type SecretStore,
  SessionSecretStore,
} from "../../engine/ddns/secret-store.ts";
import { keptAs, readCheckedFile, writeJsonFile } from "../../engine/files/json-file.ts";
import type { Keychain } from "./keychain.ts";

/** Account → ciphertext in base64. */
const fileSchema = z.record(z.string(), z.base64());

export interface KeychainSecretStoreOptions {
  /** A JSON file that only its owner can read; made when absent. */
  readonly path: string;
  /** The same, for secrets in the clear; there only with the user's consent. */
  readonly plainPath: string;
  readonly keychain: Keychain;
}

export class KeychainSecretStore implements SecretStore {
  readonly #options: KeychainSecretStoreOptions;
  readonly #session = new SessionSecretStore();
  readonly #plain: FileSecretStore;

  constructor(options: KeychainSecretStoreOptions) {
    this.#options = options;
    this.#plain = new FileSecretStore(options.plainPath, {});
  }

  async storage(): Promise<SecretStorage> {
    if (await this.#options.keychain.available()) return "keychain";
    return this.#mayBePlain ? "file" : "session";
  }

  async allowFile(allowed: boolean): Promise<void> {
    if (!allowed) {
      try {
        await this.#keepForNow();
      } finally {
        rmSync(this.#options.plainPath, { force: true });
      }
      return;
    }
    if ((await this.storage()) !== "session") return;
    writeJsonFile(this.#options.plainPath, {});
    for (const account of this.#session.accounts) {
      await this.#plain.write(account, await this.#session.read(account));
      await this.#session.write(account, null);
    }
  }

  async read(account: string): Promise<string | null> {
    const inSession = await this.#session.read(account);
    if (inSession !== null) return inSession;
    const stored = this.#load()[account];
    if (stored === undefined) return this.#mayBePlain ? this.#plain.read(account) : null;
    const { keychain } = this.#options;
    if (!(await keychain.available())) throw new Error("the system's keychain is locked or gone");
    const { text, renewed } = await keychain.decrypt(Buffer.from(stored, "base64"));
    if (renewed !== null) this.#save({ ...this.#load(), [account]: encode(renewed) });
    return text;
  }

  async write(account: string, secret: string | null): Promise<void> {
    const { [account]: old, ...others } = this.#load();
    const storage = secret === null ? null : await this.storage();
    if (secret !== null && storage === "keychain") {
      this.#save({ ...others, [account]: encode(await this.#options.keychain.encrypt(secret)) });
    } else if (old !== undefined) {
      this.#save(others);
    }
    // One place alone has it, and none a former one.
    await this.#session.write(account, storage === "session" ? secret : null);
    if (this.#mayBePlain) await this.#plain.write(account, storage === "file" ? secret : null);
  }

  /** What is in use goes on until the app quits. */
  async #keepForNow(): Promise<void> {
    for (const account of this.#mayBePlain ? await this.#plain.accounts() : []) {
      const secret = await this.#plain.read(account);
      if (secret !== null) await this.#session.write(account, secret);
    }
  }

  get #mayBePlain(): boolean {
    return existsSync(this.#options.plainPath);
  }

  #load(): Record<string, string> {
    const { path } = this.#options;
    const read = readCheckedFile(path, fileSchema, Date.now());
    if (read.kind === "damaged") throw new Error(`${path} is damaged${keptAs(read.aside)}`);
    return read.kind === "value" ? read.value : {};
  }

  #save(secrets: Record<string, string>): void {
    writeJsonFile(this.#options.path, secrets);
  }
}

function encode(encrypted: Uint8Array): string {
  return Buffer.from(encrypted).toString("base64");
}
