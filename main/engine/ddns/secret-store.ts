/** Passwords, tokens and keys of accounts. The app keeps them in the system's keychain, the headless engine as below. */
import { statSync } from "node:fs";
import { z } from "zod";
import type { SecretStorage } from "../../../shared/snapshot.ts";
import { keptAs, readCheckedFile, writeJsonFile } from "../files/json-file.ts";

export interface SecretStore {
  /** Null when there is none. Rejects with what is wrong with the store, in words without secrets. */
  read(account: string): Promise<string | null>;
  /** Null removes it. Rejects when it cannot be kept. */
  write(account: string, secret: string | null): Promise<void>;
  /** Where one that is entered now is kept; absent where nothing can be chosen. Never rejects. */
  storage?(): Promise<SecretStorage>;
  /**
   * Without a keychain: keep secrets in a private file that is not encrypted, also those of this run so far; false
   * deletes the file. Rejects when that fails.
   */
  allowFile?(allowed: boolean): Promise<void>;
}

/** Forgets everything with the run. */
export class SessionSecretStore implements SecretStore {
  readonly #secrets = new Map<string, string>();

  get accounts(): readonly string[] {
    return [...this.#secrets.keys()];
  }

  async read(account: string): Promise<string | null> {
    return this.#secrets.get(account) ?? null;
  }

  async write(account: string, secret: string | null): Promise<void> {
    if (secret === null) this.#secrets.delete(account);
    else this.#secrets.set(account, secret);
  }
}

const fileSchema = z.record(z.string(), z.string());

/** `HOMEPORT_SECRET_HOME_DNS` for the account `home-dns`. */
function secretVariable(account: string): string {
  return `HOMEPORT_SECRET_${account.toUpperCase().replaceAll("-", "_")}`;
}

/** Environment variables first, then a JSON file `{ "account": "secret" }` that only its owner can read. */
export class FileSecretStore implements SecretStore {
  readonly #path: string;
  readonly #variables: Readonly<Record<string, string | undefined>>;

  constructor(path: string, variables: Readonly<Record<string, string | undefined>>) {
    this.#path = path;
    this.#variables = variables;
  }

  async read(account: string): Promise<string | null> {
    const variable = this.#variables[secretVariable(account)];
    if (variable !== undefined && variable !== "") return variable;
    return this.#load()[account] ?? null;
  }

  /** Those in the file. */
  async accounts(): Promise<readonly string[]> {
    return Object.keys(this.#load());
  }

  async write(account: string, secret: string | null): Promise<void> {
    const { [account]: _old, ...others } = this.#load();
    writeJsonFile(this.#path, secret === null ? others : { ...others, [account]: secret });
  }

  #load(): Record<string, string> {
    // Windows has no such bits; the folder of the user's profile is closed to others there.
    const mode = statSync(this.#path, { throwIfNoEntry: false })?.mode ?? 0;
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new Error(`${this.#path} can be read by others: make it private (chmod 600)`);
    }
    const read = readCheckedFile(this.#path, fileSchema, Date.now());
    if (read.kind === "damaged") {
      throw new Error(`${this.#path} is damaged${keptAs(read.aside)}`);
    }
    return read.kind === "value" ? read.value : {};
  }
}
