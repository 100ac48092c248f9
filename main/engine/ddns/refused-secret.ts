/** Remembers a secret that was refused for good without keeping it, so that only another one is tried again. */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import type { AccountSetting } from "../../../shared/settings.ts";
import type { NameBook } from "./name-book.ts";

/** The secrets that were refused for good, in the book. */
export class RefusedSecrets {
  readonly #book: NameBook;

  constructor(book: NameBook) {
    this.#book = book;
  }

  remember(account: AccountSetting, secret: string): void {
    this.#put(account.id, rememberSecret(account, secret));
  }

  /** True, once, when account or secret are others than those the account was stopped for. */
  isOther(account: AccountSetting, secret: string): boolean {
    const entry = this.#book.account(account.id);
    if (entry === null || entry.policy.stopped === null) return false;
    if (entry.refused === null) {
      // We died before it was noted which secret it was; most likely this one.
      this.remember(account, secret);
      return false;
    }
    if (isRefused(entry.refused, account, secret)) return false;
    this.#put(account.id, null);
    return true;
  }

  #put(id: string, refused: RefusedSecret | null): void {
    const entry = this.#book.account(id);
    if (entry !== null) this.#book.putAccount({ ...entry, refused });
  }
}

interface RefusedSecret {
  readonly salt: string;
  readonly hash: string;
}

function rememberSecret(account: AccountSetting, secret: string): RefusedSecret {
  const salt = randomBytes(16).toString("hex");
  return { salt, hash: hashOf(account, secret, salt).toString("hex") };
}

/** True when account and secret are the ones that were refused. */
function isRefused(
  { salt, hash }: RefusedSecret,
  account: AccountSetting,
  secret: string,
): boolean {
  const expected = Buffer.from(hash, "hex");
  const actual = hashOf(account, secret, salt);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** Slow on purpose: passwords of old services are short. */
function hashOf(account: AccountSetting, secret: string, salt: string): Buffer {
  const { provider, user, server, zone } = account;
  return scryptSync(JSON.stringify([provider, user, server, zone, secret]), salt, 32);
}
