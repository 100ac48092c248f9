/** A labelled text field with a hint and an error that assistive technology reads with it. */
import { type ChangeEvent, useId } from "react";
import "./field.css";

export interface TextFieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Why the value cannot be used; null when it can or has not been checked. */
  readonly error: string | null;
  /** A password, token or key: not shown. */
  readonly secret?: true;
  /** Several lines are shown at a time, and may be entered. */
  readonly lines?: number;
  readonly inputMode?: "numeric" | "text";
  readonly placeholder?: string;
  readonly name: string;
}

export function TextField(props: TextFieldProps) {
  const { label, hint, value, onChange, error, inputMode = "text", placeholder, name } = props;
  const note = error ?? hint;
  const id = useId();
  const shared = {
    id,
    name,
    autoComplete: "off",
    spellCheck: false,
    inputMode,
    placeholder,
    value,
    "aria-invalid": error !== null,
    "aria-describedby": note === undefined ? undefined : `${id}-hint`,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onChange(event.target.value),
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {props.lines === undefined ? (
        <input {...shared} type={props.secret === true ? "password" : "text"} />
      ) : (
        <textarea {...shared} rows={props.lines} />
      )}
      {note !== undefined && (
        <p id={`${id}-hint`} className={error === null ? "hint" : "hint field-error"}>
          {note}
        </p>
      )}
    </div>
  );
}
