/** Opens a port by hand, whether or not a program listens on it yet. */
import { type FormEvent, useRef, useState } from "react";
import type { Refusal } from "../../shared/contract.ts";
import type { Transport } from "../../shared/snapshot.ts";
import { send } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { Choice } from "../ui/choice.tsx";
import { CheckBox } from "../ui/check-box.tsx";
import { closeDialogOf, Dialog, DialogFoot } from "../ui/dialog.tsx";
import { Reasons } from "../ui/reasons.tsx";
import { TextField } from "../ui/text-field.tsx";
import { readPort } from "./port-text.ts";
import { draftOf, readVisitors, VisitorFields } from "./visitor-fields.tsx";

const transports = [
  { value: "tcp", label: "TCP" },
  { value: "udp", label: "UDP" },
] as const;

export function OpenPortDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Open another port" onClose={onClose}>
      <OpenPortForm />
    </Dialog>
  );
}

function OpenPortForm() {
  const form = useRef<HTMLFormElement>(null);
  const [transport, setTransport] = useState<Transport>("tcp");
  const [internal, setInternal] = useState("");
  const [external, setExternal] = useState("");
  const [whileRunning, setWhileRunning] = useState(false);
  const [visitorDraft, setVisitorDraft] = useState(() => draftOf());
  const [checked, setChecked] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const warnings = refusal?.warnings;
  const internalPort = readPort(internal, false);
  const externalPort = readPort(external, true);
  const visitors = readVisitors(visitorDraft);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setChecked(true);
    if (!internalPort.ok || internalPort.port === null || !externalPort.ok || !visitors.ok) {
      const wrong = !internalPort.ok ? "internal" : !externalPort.ok ? "external" : "visitors";
      form.current?.querySelector<HTMLElement>(`[name="${wrong}"]`)?.focus();
      return;
    }
    const answer = await send("expose", {
      transport,
      internalPort: internalPort.port,
      externalPort: externalPort.port,
      ...(whileRunning && { whileRunning }),
      ...(visitors.sources.length > 0 && { sources: visitors.sources }),
      ...(warnings !== undefined && { despiteWarning: true }),
    });
    setRefusal(answer);
    if (answer === null) closeDialogOf(form.current);
  };
  return (
    <form ref={form} className="dialog-body" noValidate onSubmit={(event) => void submit(event)}>
      {refusal !== null && warnings === undefined && (
        <Banner level="error">{refusal.message}</Banner>
      )}
      <Choice
        label="Transport"
        options={transports}
        value={transport}
        onChange={(value) => {
          setTransport(value);
          setRefusal(null);
        }}
      />
      <TextField
        label="Port of the program on this PC"
        name="internal"
        hint="For example 25565 for Minecraft, 80 for a web server."
        value={internal}
        onChange={(value) => {
          setInternal(value);
          setRefusal(null);
        }}
        error={checked && !internalPort.ok ? internalPort.error : null}
        inputMode="numeric"
      />
      <TextField
        label="Port on the internet (optional)"
        name="external"
        hint="Leave it empty to take the same port, or the one the router gives."
        value={external}
        onChange={setExternal}
        error={checked && !externalPort.ok ? externalPort.error : null}
        inputMode="numeric"
      />
      <VisitorFields
        draft={visitorDraft}
        onChange={setVisitorDraft}
        error={checked && !visitors.ok ? visitors.error : null}
      />
      <CheckBox checked={whileRunning} onChange={setWhileRunning}>
        Only while the server runs
      </CheckBox>
      {warnings !== undefined && <Reasons warnings={warnings} />}
      <DialogFoot
        submit={warnings === undefined ? "Open port" : "Open anyway"}
        dangerous={warnings !== undefined}
      />
    </form>
  );
}
