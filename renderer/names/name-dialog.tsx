/** Adds a name, or changes one and its account. */
import { type FormEvent, useRef, useState } from "react";
import type { Refusal, Request } from "../../shared/contract.ts";
import { dnsProviders } from "../../shared/dns-providers.ts";
import { exposureKey, exposureTitle } from "../../shared/endpoint.ts";
import type { AccountSetting, NameSetting } from "../../shared/settings.ts";
import { selectExposures, selectServers, send, useWindowStore } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { CheckBox } from "../ui/check-box.tsx";
import { Choice } from "../ui/choice.tsx";
import { closeDialogOf, Dialog } from "../ui/dialog.tsx";
import { SelectField } from "../ui/select-field.tsx";
import { TextField } from "../ui/text-field.tsx";
import { TwoStepButton } from "../ui/two-step-button.tsx";
import { accountText } from "./account-text.ts";
import { AccountFields } from "./account-fields.tsx";
import {
  type DraftErrors,
  draftOf,
  type NameDraft,
  newDraft,
  providerOf,
  readDraft,
  withAccount,
  withProvider,
} from "./name-draft.ts";

export interface NameDialogProps {
  /** The name to change; null adds one. */
  readonly name: NameSetting | null;
  readonly accounts: readonly AccountSetting[];
  readonly names: readonly NameSetting[];
  readonly onClose: () => void;
}

export function NameDialog(props: NameDialogProps) {
  const title = props.name === null ? "Add a name" : `Change ${props.name.fqdn}`;
  return (
    <Dialog title={title} onClose={props.onClose}>
      <NameForm {...props} />
    </Dialog>
  );
}

function NameForm({ name, accounts, names }: NameDialogProps) {
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<NameDraft>(() =>
    name === null
      ? newDraft(accounts)
      : draftOf(
          name,
          accounts.find(({ id }) => id === name.account),
        ),
  );
  const [errors, setErrors] = useState<DraftErrors>({});
  const [trouble, setTrouble] = useState<string | null>(null);
  const provider = providerOf(draft);
  const change = (part: Partial<NameDraft>): void => {
    setDraft({ ...draft, ...part });
    setErrors({});
  };
  const keepAccount = async (account: Request<"setAccount"> | null): Promise<Refusal | null> => {
    if (account === null) return null;
    const refusal = await send("setAccount", account);
    // From now on it is there, whatever becomes of the name.
    if (refusal === null) setDraft({ ...draft, account: account.id, secret: "" });
    return refusal;
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const read = readDraft(draft, { accounts, names }, name);
    if (!read.ok) {
      setErrors(read.errors);
      const [first] = Object.keys(read.errors);
      form.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
      return;
    }
    const refusal = (await keepAccount(read.account)) ?? (await send("setName", read.name));
    setTrouble(refusal?.message ?? null);
    if (refusal === null) closeDialogOf(form.current);
  };
  const remove = async (): Promise<void> => {
    if (name === null) return;
    const refusal = await send("removeName", { fqdn: name.fqdn, account: name.account });
    setTrouble(refusal?.message ?? null);
    if (refusal !== null) return;
    closeDialogOf(form.current);
    // The button that opened the dialog goes with the name.
    document.querySelector<HTMLElement>("#names-title")?.focus();
  };
  return (
    <form ref={form} className="dialog-body" noValidate onSubmit={(event) => void submit(event)}>
      {trouble !== null && <Banner level="error">{trouble}</Banner>}
      {name === null && (
        <>
          <ProviderField draft={draft} accounts={accounts} onChange={setDraft} />
          <TextField
            label="Name"
            name="fqdn"
            hint={`For example home.${provider.suffix ?? "example.org"}, as you registered it there.`}
            value={draft.fqdn}
            onChange={(fqdn) => change({ fqdn })}
            error={errors.fqdn ?? null}
          />
        </>
      )}
      {(name !== null || draft.account === null) && (
        <AccountFields provider={provider} draft={draft} errors={errors} onChange={change} />
      )}
      <ExposureField draft={draft} error={errors.exposures ?? null} onChange={change} />
      <details className="more">
        <summary>More</summary>
        <div className="more-fields">
          <Choice
            label="Addresses"
            options={addressOptions}
            value={draft.addresses}
            onChange={(addresses) => change({ addresses })}
          />
          <Choice
            label="When nothing is open"
            options={unusedOptions}
            value={draft.whenUnused}
            onChange={(whenUnused) => change({ whenUnused })}
          />
          <CheckBox checked={draft.takeOver} onChange={(takeOver) => change({ takeOver })}>
            Replace records that others made under this name
          </CheckBox>
        </div>
      </details>
      <div className="dialog-foot">
        {name !== null && (
          <TwoStepButton
            label="Remove"
            question="Really remove?"
            about={name.fqdn}
            onConfirm={() => void remove()}
          />
        )}
        <button
          type="button"
          className="button"
          onClick={(event) => closeDialogOf(event.currentTarget)}
        >
          Cancel
        </button>
        <button type="submit" className="button primary">
          {name === null ? "Add name" : "Save"}
        </button>
      </div>
    </form>
  );
}

const addressOptions = [
  { value: "both", label: "IPv4 and IPv6" },
  { value: "ipv4", label: "IPv4" },
  { value: "ipv6", label: "IPv6" },
] as const;

const unusedOptions = [
  { value: "remove", label: "Remove the records" },
  { value: "keep", label: "Keep them" },
] as const;

interface ProviderFieldProps {
  readonly draft: NameDraft;
  readonly accounts: readonly AccountSetting[];
  readonly onChange: (draft: NameDraft) => void;
}

function ProviderField({ draft, accounts, onChange }: ProviderFieldProps) {
  const choose = (value: string): void => {
    const account = accounts.find(({ id }) => value === `account ${id}`);
    onChange(account === undefined ? withProvider(draft, value) : withAccount(draft, account));
  };
  const value = draft.account === null ? draft.provider : `account ${draft.account}`;
  return (
    <SelectField label="Where it is kept" value={value} onChange={choose}>
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

interface ExposureFieldProps {
  readonly draft: NameDraft;
  readonly error: string | null;
  readonly onChange: (part: Partial<NameDraft>) => void;
}

function ExposureField({ draft, error, onChange }: ExposureFieldProps) {
  const exposures = useWindowStore(selectExposures);
  const servers = useWindowStore(selectServers);
  const chosen = draft.exposures;
  const titles = new Map(
    exposures.map((exposure) => [
      exposureKey(exposure),
      `${exposureTitle(exposure, servers)} (${exposureKey(exposure)})`,
    ]),
  );
  const options = chosen === "all" ? [] : [...new Set([...titles.keys(), ...chosen])];
  return (
    <>
      <Choice
        label="It leads to"
        options={exposureOptions}
        value={chosen === "all" ? "all" : "some"}
        onChange={(value) => onChange({ exposures: value === "all" ? "all" : [...titles.keys()] })}
      />
      {chosen !== "all" && (
        <div className="checks">
          {options.map((key) => (
            <CheckBox
              key={key}
              checked={chosen.includes(key)}
              onChange={(checked) =>
                onChange({
                  exposures: checked ? [...chosen, key] : chosen.filter((other) => other !== key),
                })
              }
            >
              {titles.get(key) ?? `${key} (not open)`}
            </CheckBox>
          ))}
          {error !== null && <p className="hint field-error">{error}</p>}
        </div>
      )}
    </>
  );
}

const exposureOptions = [
  { value: "all", label: "All that is open" },
  { value: "some", label: "Some of it" },
] as const;
