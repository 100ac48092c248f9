/** One server that is not exposed, with its Expose button. */
import { memo, useId, useRef, useState } from "react";
import {
  describeDetails,
  describeScope,
  needsSecondYes,
  portKey,
  serverName,
} from "../../shared/endpoint.ts";
import { isForSession } from "../../shared/open-world.ts";
import type { WarningName } from "../../shared/services/warnings.ts";
import type { RecognisedServer } from "../../shared/snapshot.ts";
import { send, setTrouble } from "../store.ts";
import { useFocusHandover } from "../ui/focus-handover.ts";
import { ChevronIcon, InfoIcon, LockIcon, NetworkIcon } from "../ui/icons.tsx";
import { ServerIcon } from "../ui/server-icon.tsx";
import { SecondYesDialog } from "./second-yes-dialog.tsx";
import { ServerDetails } from "./server-details.tsx";
import { ServerWarnings } from "./server-warnings.tsx";

export interface ServerRowProps {
  readonly server: RecognisedServer;
  readonly obstacle: string | null;
}

export const ServerRow = memo(function ServerRow({ server, obstacle }: ServerRowProps) {
  const { transport, port, title, warnings } = server;
  const key = portKey(transport, port);
  const ref = useRef<HTMLDivElement>(null);
  const noteId = useId();
  const [asked, setAsked] = useState(false);
  const [confirming, setConfirming] = useState<readonly WarningName[] | null>(null);
  const [detailed, setDetailed] = useState(false);
  useFocusHandover(ref, [`[data-testid="exposure-${transport}-${port}"]`, "#servers-title"]);
  const dangerous = obstacle === null && needsSecondYes(server);
  const expose = async (): Promise<void> => {
    if (asked || obstacle !== null) return;
    if (dangerous) return setConfirming(warnings);
    setAsked(true);
    const refusal = await send("expose", { transport, internalPort: port, externalPort: null });
    setAsked(false);
    // The engine may have learned of a danger after this row was drawn.
    if (refusal?.warnings === undefined) setTrouble(refusal?.message ?? null);
    else setConfirming(refusal.warnings);
  };
  const forSession = obstacle === null && isForSession(server);
  const noted = obstacle !== null || forSession || warnings.length > 0;
  return (
    <div ref={ref} className="row" data-testid={`server-${transport}-${port}`}>
      <div className="row-text">
        <p className="row-head">
          <ServerIcon icon={server.details?.icon} />
          <strong title={title}>{title}</strong>
          <span className="port">{key}</span>
        </p>
        <About server={server} />
        <p className="row-scope">
          {server.scope === "loopback" ? <LockIcon /> : <NetworkIcon />}
          <span>{describeScope(server)}</span>
          <button
            type="button"
            className="details-button"
            aria-label={`Details of ${title} ${key}`}
            aria-expanded={detailed}
            onClick={() => setDetailed(!detailed)}
          >
            Details
            <ChevronIcon />
          </button>
        </p>
      </div>
      <button
        type="button"
        className={dangerous ? "button" : "button primary"}
        aria-label={`Expose ${title} ${key}`}
        aria-disabled={asked || obstacle !== null}
        aria-describedby={noted ? noteId : undefined}
        aria-haspopup={dangerous ? "dialog" : undefined}
        onClick={() => void expose()}
      >
        {dangerous ? "Expose…" : "Expose"}
      </button>
      {noted && (
        <div className="row-notes" id={noteId}>
          {obstacle === null ? <ServerWarnings warnings={warnings} /> : <p>{obstacle}</p>}
          {forSession && (
            <p className="warning">
              <InfoIcon />
              <span>For this session only: it closes for good when the world does.</span>
            </p>
          )}
        </div>
      )}
      {detailed && <ServerDetails server={server} />}
      {confirming !== null && (
        <SecondYesDialog
          server={server}
          warnings={confirming}
          onClose={() => setConfirming(null)}
        />
      )}
    </div>
  );
});

/** Program, and what the server told of itself; of a server that was not recognised, how it was started. */
function About({ server }: { readonly server: RecognisedServer }) {
  const { process, service, details, title } = server;
  const commandLine = process?.program?.commandLine ?? process?.commandLine ?? "";
  const told = details === undefined ? null : describeDetails(details, title, service?.role);
  if (service === null && told === null) {
    return commandLine === "" ? null : (
      <p className="row-about row-command" title={commandLine}>
        {commandLine}
      </p>
    );
  }
  const program = serverName(server);
  const parts = [
    ...(process === null || program === title ? [] : [program]),
    ...(told === null ? [] : [told]),
    ...(service?.confidence === "low" ? ["guessed from its port"] : []),
  ];
  return parts.length === 0 ? null : (
    <p className="row-about" title={commandLine}>
      {parts.join(" · ")}
    </p>
  );
}
