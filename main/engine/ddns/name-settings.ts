/** Changes of the settings that are about names and accounts. */
import type { AccountSetting, NameSetting, Settings } from "../../../shared/settings.ts";

type NameRef = Pick<NameSetting, "fqdn" | "account">;

export function withName(settings: Settings, name: NameSetting): Settings {
  return { ...settings, names: [...withoutName(settings, name).names, name] };
}

export function withoutName(settings: Settings, ref: NameRef): Settings {
  const names = settings.names.filter((name) => !isSame(name, ref));
  return { ...settings, names };
}

export function withAccount(settings: Settings, account: AccountSetting): Settings {
  const others = settings.accounts.filter(({ id }) => id !== account.id);
  return { ...settings, accounts: [...others, account] };
}

/** Its names go too. */
export function withoutAccount(settings: Settings, id: string): Settings {
  return {
    ...settings,
    accounts: settings.accounts.filter((account) => account.id !== id),
    names: settings.names.filter(({ account }) => account !== id),
  };
}

function isSame(a: NameRef, b: NameRef): boolean {
  return a.fqdn === b.fqdn && a.account === b.account;
}
