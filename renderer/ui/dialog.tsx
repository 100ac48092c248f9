/** A modal dialog on the platform's own element: Esc, focus trap and return of the focus come with it. */
import { type ReactNode, useEffect, useId, useRef } from "react";
import "./dialog.css";
import { CloseIcon } from "./icons.tsx";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Closes the dialog that holds `element`; the focus returns to where it was before. */
export function closeDialogOf(element: Element | null): void {
  element?.closest("dialog")?.close();
}

export interface DialogFootProps {
  /** What the button says that sends the form. */
  readonly submit: string;
  readonly dangerous?: boolean;
  /** Before the two buttons. */
  readonly children?: ReactNode;
}

/** The last line of a form in a dialog. */
export function DialogFoot({ submit, dangerous = false, children }: DialogFootProps) {
  return (
    <div className="dialog-foot">
      {children}
      <button
        type="button"
        className="button"
        onClick={(event) => closeDialogOf(event.currentTarget)}
      >
        Cancel
      </button>
      <button type="submit" className={dangerous ? "button danger" : "button primary"}>
        {submit}
      </button>
    </div>
  );
}

/** Open while it is on the page; `onClose` should take it off. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog ref={ref} className="dialog" aria-labelledby={titleId} closedby="any" onClose={onClose}>
      <div className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button
          type="button"
          className="button icon-button"
          aria-label="Close"
          onClick={(event) => closeDialogOf(event.currentTarget)}
        >
          <CloseIcon />
        </button>
      </div>
      {children}
    </dialog>
  );
}
