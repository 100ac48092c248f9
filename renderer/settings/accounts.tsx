/** The accounts at DNS providers, and the way to forget one. */
import type { AccountSetting, NameSetting } from "../../shared/settings.ts";
import { accountText } from "../names/account-text.ts";
import { TwoStepButton } from "../ui/two-step-button.tsx";

export interface AccountsProps {
  readonly accounts: readonly AccountSetting[];
  readonly names: readonly NameSetting[];
  readonly onRemove: (id: string) => void;
}

export function Accounts({ accounts, names, onRemove }: AccountsProps) {
  return (
    <section className="field" aria-labelledby="accounts-title">
      <h3 id="accounts-title">DNS accounts</h3>
      <ul className="accounts">
        {accounts.map((account) => {
          const used = names.filter((name) => name.account === account.id).length;
          const text = accountText(account);
          return (
            <li key={account.id}>
              <span>
                {text}
                <span className="hint">{countNames(used)}</span>
              </span>
              <TwoStepButton
                label="Remove"
                question={used === 0 ? "Really remove?" : `Remove with ${countNames(used)}?`}
                about={text}
                onConfirm={() => onRemove(account.id)}
              />
            </li>
          );
        })}
      </ul>
      <p className="hint">What a removed account has published stays at the provider.</p>
    </section>
  );
}

function countNames(count: number): string {
  return count === 1 ? "1 name" : `${count} names`;
}
