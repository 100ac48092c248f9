/** Adds a name, or changes one and its account. */
import { type FormEvent, useRef, useState } from "react";
import type { Refusal, Request } from "../../shared/contract.ts";
import type { AccountSetting, NameSetting } from "../../shared/settings.ts";
import { send } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { CheckBox } from "../ui/check-box.tsx";
import { Choice } from "../ui/choice.tsx";
import { closeDialogOf, Dialog, DialogFoot } from "../ui/dialog.tsx";
import { TextField } from "../ui/text-field.tsx";
import { TwoStepButton } from "../ui/two-step-button.tsx";
import { AccountFields } from "./account-fields.tsx";
import { DraftCheck } from "./draft-check.tsx";
import { ExposureField } from "./exposure-field.tsx";
import {
  type DraftErrors,
  draftOf,
  type NameDraft,
  newDraft,
  providerOf,
  readDraft,
  type ReadyDraft,
} from "./name-draft.ts";
import { ProviderField } from "./provider-field.tsx";

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
  /** What the form comes to; null after what is wrong with it was shown. */
  const ready = (): ReadyDraft | null => {
    const read = readDraft(draft, { accounts, names }, name);
    if (read.ok) return read;
    setErrors(read.errors);
    const [first] = Object.keys(read.errors);
    const field = form.current?.querySelector<HTMLInputElement>(`[name="${first}"]`);
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
    return null;
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const read = ready();
    if (read === null) return;
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
          {provider.redirects === true && (
            <TextField
              label="Web name (optional)"
              name="webName"
              hint={`Browsers that come to it are sent on to your web server’s port, for example www.${draft.fqdn.trim() || "home.example.org"}.`}
              value={draft.webName}
              onChange={(webName) => change({ webName })}
              error={errors.webName ?? null}
            />
          )}
          <CheckBox checked={draft.takeOver} onChange={(takeOver) => change({ takeOver })}>
            Replace records that others made under this name
          </CheckBox>
        </div>
      </details>
      <DraftCheck draft={draft} accounts={accounts} ready={ready} />
      <DialogFoot submit={name === null ? "Add name" : "Save"}>
        {name !== null && (
          <TwoStepButton
            label="Remove"
            question="Really remove?"
            about={name.fqdn}
            onConfirm={() => void remove()}
          />
        )}
      </DialogFoot>
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
