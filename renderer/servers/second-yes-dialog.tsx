/** Asks once more before a server is exposed that should stay closed, and says what to do instead. */
import { useRef, useState } from "react";
import { portKey } from "../../shared/endpoint.ts";
import type { WarningName } from "../../shared/services/warnings.ts";
import type { RecognisedServer } from "../../shared/snapshot.ts";
import { send } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { closeDialogOf, Dialog } from "../ui/dialog.tsx";
import { Reasons } from "../ui/reasons.tsx";

export interface SecondYesDialogProps {
  readonly server: RecognisedServer;
  readonly warnings: readonly WarningName[];
  readonly onClose: () => void;
}

export function SecondYesDialog({ server, warnings, onClose }: SecondYesDialogProps) {
  const { transport, port, title } = server;
  const body = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const expose = async (): Promise<void> => {
    if (asked) return;
    setAsked(true);
    const refusal = await send("expose", {
      transport,
      internalPort: port,
      externalPort: null,
      despiteWarning: true,
    });
    setTrouble(refusal?.message ?? null);
    setAsked(false);
    if (refusal === null) closeDialogOf(body.current);
  };
  return (
    <Dialog title={`Expose ${title} ${portKey(transport, port)}?`} onClose={onClose}>
      <div ref={body} className="dialog-body">
        {trouble !== null && <Banner level="error">{trouble}</Banner>}
        <Reasons warnings={warnings} />
        <div className="dialog-foot">
          <button
            type="button"
            className="button danger"
            aria-disabled={asked}
            onClick={() => void expose()}
          >
            Expose anyway
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
