/**
 * Secrets of accounts on disk, encrypted by the system's keychain. Without a keychain they are kept for this run
 * alone: nothing is ever written in the clear.
 */
import { z } from "zod";
import { type SecretStore, SessionSecretStore } from "../../engine/ddns/secret-store.ts";
import { keptAs, readCheckedFile, writeJsonFile } from "../../engine/files/json-file.ts";
import type { Keychain } from "./keychain.ts";

/** Account → ciphertext in base64. */
const fileSchema = z.record(z.string(), z.base64());

export class KeychainSecretStore implements SecretStore {
  readonly #path: string;
  readonly #keychain: Keychain;
  readonly #session = new SessionSecretStore();

  /** `path` is a JSON file that only its owner can read; made when absent. */
  constructor(path: string, keychain: Keychain) {
    this.#path = path;
    this.#keychain = keychain;
  }

  async read(account: string): Promise<string | null> {
    const inSession = await this.#session.read(account);
    if (inSession !== null) return inSession;
    const stored = this.#load()[account];
    if (stored === undefined) return null;
    if (!(await this.#keychain.available()))
      throw new Error("the system's keychain is locked or gone");
    const { text, renewed } = await this.#keychain.decrypt(Buffer.from(stored, "base64"));
    if (renewed !== null) this.#save({ ...this.#load(), [account]: encode(renewed) });
    return text;
  }

  async write(account: string, secret: string | null): Promise<void> {
    await this.#session.write(account, null);
    const { [account]: old, ...others } = this.#load();
    if (secret !== null && (await this.#keychain.available())) {
      this.#save({ ...others, [account]: encode(await this.#keychain.encrypt(secret)) });
      return;
    }
    if (old !== undefined) this.#save(others);
    if (secret !== null) await this.#session.write(account, secret);
  }

  #load(): Record<string, string> {
    const read = readCheckedFile(this.#path, fileSchema, Date.now());
    if (read.kind === "damaged") {
      throw new Error(`${this.#path} is damaged${keptAs(read.aside)}`);
    }
    return read.kind === "value" ? read.value : {};
  }

  #save(secrets: Record<string, string>): void {
    writeJsonFile(this.#path, secrets);
  }
}

function encode(encrypted: Uint8Array): string {
  return Buffer.from(encrypted).toString("base64");
}
