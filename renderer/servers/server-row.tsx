/** One server that is not exposed, with its Expose button. */
import { memo, useId, useRef, useState } from "react";
import { describeScope, portKey, serverName } from "../../shared/endpoint.ts";
import type { Server } from "../../shared/snapshot.ts";
import { run } from "../store.ts";
import { useFocusHandover } from "../ui/focus-handover.ts";
import { LockIcon, NetworkIcon } from "../ui/icons.tsx";

export interface ServerRowProps {
  readonly server: Server;
  readonly obstacle: string | null;
}

export const ServerRow = memo(function ServerRow({ server, obstacle }: ServerRowProps) {
  const { transport, port, process } = server;
  const key = portKey(transport, port);
  const name = serverName(server);
  const commandLine = process?.program?.commandLine ?? process?.commandLine ?? "";
  const ref = useRef<HTMLDivElement>(null);
  const obstacleId = useId();
  const [asked, setAsked] = useState(false);
  useFocusHandover(ref, [`[data-testid="exposure-${transport}-${port}"]`, "#servers-title"]);
  const expose = async (): Promise<void> => {
    if (asked || obstacle !== null) return;
    setAsked(true);
    await run("expose", { transport, internalPort: port, externalPort: null });
    setAsked(false);
  };
  return (
    <div ref={ref} className="row" data-testid={`server-${transport}-${port}`}>
      <div className="row-text">
        <p className="row-head">
          <strong title={name}>{name}</strong>
          <span className="port">{key}</span>
        </p>
        <p className="row-scope">
          {server.scope === "loopback" ? <LockIcon /> : <NetworkIcon />}
          {describeScope(server)}
        </p>
        {commandLine !== "" && (
          <p className="row-command" title={commandLine}>
            {commandLine}
          </p>
        )}
        {obstacle !== null && (
          <p className="row-obstacle" id={obstacleId}>
            {obstacle}
          </p>
        )}
      </div>
      <button
        type="button"
        className="button primary"
        aria-label={`Expose ${name} ${key}`}
        aria-disabled={asked || obstacle !== null}
        aria-describedby={obstacle === null ? undefined : obstacleId}
        onClick={() => void expose()}
      >
        Expose
      </button>
    </div>
  );
});
