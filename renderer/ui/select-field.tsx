/** A labelled list to choose from. */
import { type ReactNode, useId } from "react";
import "./field.css";

export interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What the choice means. */
  readonly hint?: string;
  /** `option` and `optgroup` elements. */
  readonly children: ReactNode;
}

export function SelectField({ label, value, onChange, hint, children }: SelectFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      >
        {children}
      </select>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
