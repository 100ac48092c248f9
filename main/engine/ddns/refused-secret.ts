/** Remembers a secret that was refused for good without keeping it, so that only another one is tried again. */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import type { AccountSetting } from "../../../shared/settings.ts";

export interface RefusedSecret {
  readonly salt: string;
  readonly hash: string;
}

export function rememberSecret(account: AccountSetting, secret: string): RefusedSecret {
  const salt = randomBytes(16).toString("hex");
  return { salt, hash: hashOf(account, secret, salt).toString("hex") };
}

/** True when account and secret are the ones that were refused. */
export function isRefused(
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
