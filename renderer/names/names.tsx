/** The DNS names that lead here. */
import { useCallback, useState } from "react";
import type { AccountSetting, NameSetting } from "../../shared/settings.ts";
import type { Name } from "../../shared/snapshot.ts";
import { nameKey, useWindowStore } from "../store.ts";
import { PlusIcon } from "../ui/icons.tsx";
import { NameCard } from "./name-card.tsx";
import { NameDialog } from "./name-dialog.tsx";
import "./names.css";

const noNames: readonly Name[] = [];
const noAccounts: readonly AccountSetting[] = [];
const noSettings: readonly NameSetting[] = [];

export function Names() {
  const names = useWindowStore((state) => state.snapshot?.names ?? noNames);
  const accounts = useWindowStore((state) => state.snapshot?.settings.accounts);
  const settings = useWindowStore((state) => state.snapshot?.settings.names);
  // The name in the dialog, null for a new one; undefined while it is closed.
  const [changing, setChanging] = useState<NameSetting | null | undefined>(undefined);
  // A name that was removed stays in sight until its records are gone.
  const settingOf = useCallback(
    (name: Name) => settings?.find((one) => nameKey(one) === nameKey(name)),
    [settings],
  );
  const change = useCallback((name: Name) => setChanging(settingOf(name)), [settingOf]);
  return (
    <section className="section" aria-labelledby="names-title">
      <header className="section-head">
        <h2 id="names-title" tabIndex={-1}>
          Names
        </h2>
        {accounts !== undefined && (
          <button type="button" className="button quiet" onClick={() => setChanging(null)}>
            <PlusIcon />
            Add a name…
          </button>
        )}
      </header>
      {names.length === 0 ? (
        <div className="empty">
          <p>A name leads your friends here, even when your internet address changes.</p>
        </div>
      ) : (
        <ul className="cards">
          {names.map((name) => (
            <li key={nameKey(name)}>
              <NameCard name={name} onChange={settingOf(name) === undefined ? null : change} />
            </li>
          ))}
        </ul>
      )}
      {changing !== undefined && (
        <NameDialog
          name={changing}
          accounts={accounts ?? noAccounts}
          names={settings ?? noSettings}
          onClose={() => setChanging(undefined)}
        />
      )}
    </section>
  );
}
