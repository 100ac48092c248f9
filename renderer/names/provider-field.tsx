/** Which account keeps the name: one that is there, or a new one at a provider. */
import { type DnsProvider, dnsProviders } from "../../shared/dns-providers.ts";
import type { AccountSetting } from "../../shared/settings.ts";
import { SelectField } from "../ui/select-field.tsx";
import { accountText } from "./account-text.ts";
import { type NameDraft, providerOf, withAccount, withProvider } from "./name-draft.ts";

export interface ProviderFieldProps {
  readonly draft: NameDraft;
  readonly accounts: readonly AccountSetting[];
  readonly onChange: (draft: NameDraft) => void;
}

export function ProviderField({ draft, accounts, onChange }: ProviderFieldProps) {
  const choose = (value: string): void => {
    const account = accounts.find(({ id }) => value === `account ${id}`);
    onChange(account === undefined ? withProvider(draft, value) : withAccount(draft, account));
  };
  const value = draft.account === null ? draft.provider : `account ${draft.account}`;
  return (
    <SelectField
      label="Where it is kept"
      value={value}
      onChange={choose}
      hint={portHint(providerOf(draft))}
    >
      {accounts.length > 0 && (
        <optgroup label="Your accounts">
          {accounts.map((account) => (
            <option key={account.id} value={`account ${account.id}`}>
              {accountText(account)}
            </option>
          ))}
        </optgroup>
      )}
      <optgroup label="New account at">
        {dnsProviders.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </optgroup>
    </SelectField>
  );
}

function portHint({ ports }: DnsProvider): string {
  return ports === true
    ? "Keeps ports too: programs that look for them need the name alone."
    : "Keeps addresses alone: friends type the port where it is not the usual one.";
}
