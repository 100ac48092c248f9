/** Which server on the internet may be asked for the address that it sees; nobody, unless the user says so. */
import { useState } from "react";
import { publicObservers, readObserver } from "../../shared/observer.ts";
import { send } from "../store.ts";
import { SelectField } from "../ui/select-field.tsx";
import { SavedText } from "./saved-text.tsx";

/** No server is called so. */
const NOBODY = "";
const OWN = "own";

export interface ObserverChoiceProps {
  /** Null: nobody is asked. */
  readonly observer: string | null;
  readonly onChoose: (observer: string | null) => void;
}

export function ObserverChoice({ observer, onChoose }: ObserverChoiceProps) {
  const isPublic = publicObservers.some(({ server }) => server === observer);
  const [own, setOwn] = useState(observer !== null && !isPublic);
  const choose = (value: string): void => {
    setOwn(value === OWN);
    // A server of one's own is asked once its name is saved; until then the choice stays as it was.
    if (value !== OWN) onChoose(value === NOBODY ? null : value);
  };
  return (
    <>
      <SelectField
        label="Check the address from the internet"
        value={own ? OWN : (observer ?? NOBODY)}
        onChange={choose}
        hint="Finds an address that is shared or wrong. The server learns your internet address, and nothing else."
      >
        <option value={NOBODY}>Off: nobody is asked</option>
        {publicObservers.map(({ server, operator }) => (
          <option key={server} value={server}>
            {operator} ({server})
          </option>
        ))}
        <option value={OWN}>A STUN server of my own…</option>
      </SelectField>
      {own && <OwnServer saved={isPublic ? null : observer} />}
    </>
  );
}

function OwnServer({ saved }: { readonly saved: string | null }) {
  const save = async (text: string): Promise<string | null> => {
    const read = readObserver(text);
    if (!read.ok) return read.error;
    return (await send("updateSettings", { observer: read.server }))?.message ?? null;
  };
  return (
    <SavedText
      label="STUN server"
      name="observer"
      hint="A name or an IPv4 address, with a port if it is not 3478."
      placeholder="stun.example.org"
      value={saved}
      onSave={save}
    />
  );
}
