/** Asks before something is exposed; stays open, with the reason, when it is refused. */
import { type ReactNode, useRef, useState } from "react";
import type { Request } from "../../shared/contract.ts";
import { type WarningName, warningText } from "../../shared/services/warnings.ts";
import { send } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { closeDialogOf, Dialog } from "../ui/dialog.tsx";
import { Reasons } from "../ui/reasons.tsx";

export interface ExposeDialogProps {
  readonly title: string;
  readonly request: Request<"expose">;
  readonly warnings: readonly WarningName[];
  /** What the button says where no warning is of level `refuse`. */
  readonly yes: string;
  readonly onClose: () => void;
  /** Before the reasons against it. */
  readonly children?: ReactNode;
}

export function ExposeDialog(props: ExposeDialogProps) {
  const { title, request, warnings, yes, onClose, children } = props;
  const body = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const dangerous = warnings.some((one) => warningText(one).level === "refuse");
  const expose = async (): Promise<void> => {
    if (asked) return;
    setAsked(true);
    const refusal = await send("expose", {
      ...request,
      ...(dangerous && { despiteWarning: true }),
    });
    setTrouble(refusal?.message ?? null);
    setAsked(false);
    if (refusal === null) closeDialogOf(body.current);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div ref={body} className="dialog-body">
        {trouble !== null && <Banner level="error">{trouble}</Banner>}
        {children}
        <Reasons warnings={warnings} />
        <div className="dialog-foot">
          <button
            type="button"
            className={dangerous ? "button danger" : "button"}
            aria-disabled={asked}
            onClick={() => void expose()}
          >
            {dangerous ? "Expose anyway" : yes}
          </button>
          <button
            type="button"
            className="button primary"
            onClick={(event) => closeDialogOf(event.currentTarget)}
          >
            Keep it closed
          </button>
        </div>
      </div>
    </Dialog>
  );
}
