/** A button for what cannot be undone: it asks once more in its own place. */
import { useState } from "react";

export interface TwoStepButtonProps {
  readonly label: string;
  /** What it says the second time, e.g. `Really remove?`. */
  readonly question: string;
  /** What it is about, for those who hear the button alone. */
  readonly about: string;
  readonly onConfirm: () => void;
}

export function TwoStepButton({ label, question, about, onConfirm }: TwoStepButtonProps) {
  const [asking, setAsking] = useState(false);
  const word = asking ? question : label;
  return (
    <button
      type="button"
      className="button danger apart"
      aria-label={`${word} ${about}`}
      onBlur={() => setAsking(false)}
      onClick={() => {
        setAsking(!asking);
        if (asking) onConfirm();
      }}
    >
      {word}
    </button>
  );
}
