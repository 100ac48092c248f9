/** Who may connect to an exposure, with the dialog that changes it. */
import { type FormEvent, useRef, useState } from "react";
import { exposureKey, refOf } from "../../shared/endpoint.ts";
import type { Exposure } from "../../shared/snapshot.ts";
import { send } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { closeDialogOf, Dialog, DialogFoot } from "../ui/dialog.tsx";
import { draftOf, readVisitors, VisitorFields } from "./visitor-fields.tsx";

interface VisitorsProps {
  readonly exposure: Exposure;
  readonly title: string;
}

export function Visitors({ exposure, title }: VisitorsProps) {
  const [asking, setAsking] = useState(false);
  const { sources = [], state } = exposure;
  return (
    <dl className="visitors">
      <div className="way" data-testid="visitors">
        <dt>May connect</dt>
        <dd className="visitors-row">
          {sources.length === 0 ? (
            <span>Everyone</span>
          ) : (
            <span className="visitors-list">
              {sources.map((source) => (
                <span key={source} className="way-port">
                  {source}
                </span>
              ))}
            </span>
          )}
          {state !== "withdrawing" && (
            <button
              type="button"
              className="button quiet way-change"
              aria-label={`Change who may connect to ${title} ${exposureKey(exposure)}`}
              onClick={() => setAsking(true)}
            >
              Change…
            </button>
          )}
        </dd>
      </div>
      {asking && (
        <Dialog title={`Visitors of ${title}`} onClose={() => setAsking(false)}>
          <VisitorsForm exposure={exposure} />
        </Dialog>
      )}
    </dl>
  );
}

function VisitorsForm({ exposure }: { readonly exposure: Exposure }) {
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState(() => draftOf(exposure.sources));
  const [checked, setChecked] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const visitors = readVisitors(draft);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setChecked(true);
    if (!visitors.ok) {
      form.current?.querySelector<HTMLElement>('[name="visitors"]')?.focus();
      return;
    }
    const refusal = await send("setSources", { ...refOf(exposure), sources: visitors.sources });
    setTrouble(refusal?.message ?? null);
    if (refusal === null) closeDialogOf(form.current);
  };
  return (
    <form ref={form} className="dialog-body" noValidate onSubmit={(event) => void submit(event)}>
      {trouble !== null && <Banner level="error">{trouble}</Banner>}
      <VisitorFields
        draft={draft}
        onChange={setDraft}
        error={checked && !visitors.ok ? visitors.error : null}
      />
      <DialogFoot submit="Save" />
    </form>
  );
}
