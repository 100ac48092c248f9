import { providerName } from "../../shared/dns-providers.ts";
import type { AccountSetting } from "../../shared/settings.ts";

/** The account in one line: its label, or its provider and user. */
export function accountText({ id, label, provider, user }: AccountSetting): string {
  if (label !== "") return label;
  const detail = user === "" ? (id === provider ? "" : id) : user;
  return detail === "" ? providerName(provider) : `${providerName(provider)} (${detail})`;
}
