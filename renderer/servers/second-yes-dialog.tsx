/** Asks once more before a server is exposed that should stay closed, and says what to do instead. */
import { portKey } from "../../shared/endpoint.ts";
import type { WarningName } from "../../shared/services/warnings.ts";
import type { RecognisedServer } from "../../shared/snapshot.ts";
import { ExposeDialog } from "./expose-dialog.tsx";

export interface SecondYesDialogProps {
  readonly server: RecognisedServer;
  readonly warnings: readonly WarningName[];
  readonly onClose: () => void;
}

export function SecondYesDialog({ server, warnings, onClose }: SecondYesDialogProps) {
  const { transport, port, title } = server;
  return (
    <ExposeDialog
      title={`Expose ${title} ${portKey(transport, port)}?`}
      request={{ transport, internalPort: port, externalPort: null }}
      warnings={warnings}
      yes="Expose"
      onClose={onClose}
    />
  );
}
