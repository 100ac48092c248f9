/** A setting that is typed, and saved by a button of its own once it can be read. */
import { type FormEvent, useState } from "react";
import { TextField } from "../ui/text-field.tsx";

export interface SavedTextProps {
  readonly label: string;
  readonly name: string;
  readonly hint: string;
  readonly placeholder: string;
  /** Null: none. */
  readonly value: string | null;
  /** Answers what is wrong with the text, in a sentence; null once it is saved. */
  readonly onSave: (text: string) => Promise<string | null>;
}

export function SavedText({ value, onSave, ...field }: SavedTextProps) {
  const [text, setText] = useState(value ?? "");
  const [error, setError] = useState<string | null>(null);
  const [saved, setSaved] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setSaved(false);
    const wrong = await onSave(text);
    setError(wrong);
    setSaved(wrong === null);
  };
  return (
    <form className="inline-form" noValidate onSubmit={(event) => void submit(event)}>
      <TextField
        {...field}
        value={text}
        onChange={(typed) => {
          setText(typed);
          setError(null);
          setSaved(false);
        }}
        error={error}
      />
      <button type="submit" className="button">
        Save
      </button>
      <output className="inline-status">{saved ? "Saved" : ""}</output>
    </form>
  );
}
