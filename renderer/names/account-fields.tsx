/** Who we are to a DNS provider. */
import type { DnsProvider } from "../../shared/dns-providers.ts";
import { selectSecretStorage, useWindowStore } from "../store.ts";
import { TextField } from "../ui/text-field.tsx";
import type { DraftErrors, NameDraft } from "./name-draft.ts";

export interface AccountFieldsProps {
  readonly provider: DnsProvider;
  readonly draft: NameDraft;
  readonly errors: DraftErrors;
  readonly onChange: (part: Partial<NameDraft>) => void;
}

export function AccountFields({ provider, draft, errors, onChange }: AccountFieldsProps) {
  const { user, secret, server, zone, help } = provider;
  const hasSecret = draft.account !== null;
  const isForgotten = useWindowStore(selectSecretStorage) === "session";
  const hint = hasSecret ? "Leave it empty to keep the one that Homeport has." : help;
  return (
    <>
      {server !== undefined && (
        <TextField
          label={server.label}
          name="server"
          hint={server.hint}
          value={draft.server}
          onChange={(value) => onChange({ server: value })}
          error={errors.server ?? null}
        />
      )}
      {user !== null && (
        <TextField
          label={user}
          name="user"
          value={draft.user}
          onChange={(value) => onChange({ user: value })}
          error={errors.user ?? null}
        />
      )}
      <TextField
        label={secret}
        name="secret"
        secret
        hint={hint}
        value={draft.secret}
        onChange={(value) => onChange({ secret: value })}
        error={errors.secret ?? null}
      />
      {isForgotten && (
        <p className="hint beneath">
          This system has no keychain, so Homeport forgets it on quitting. Settings offers a file.
        </p>
      )}
      {zone === true && (
        <TextField
          label="Zone (optional)"
          name="zone"
          hint="Only where it cannot be found by itself, for example example.org."
          value={draft.zone}
          onChange={(value) => onChange({ zone: value })}
          error={errors.zone ?? null}
        />
      )}
    </>
  );
}
