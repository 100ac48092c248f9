/** Asks before a port of another device is exposed, and says what that means. */
import { useRef, useState } from "react";
import { warningText } from "../../shared/services/warnings.ts";
import type { NetworkService } from "../../shared/snapshot.ts";
import { send } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { closeDialogOf, Dialog } from "../ui/dialog.tsx";
import { Reasons } from "../ui/reasons.tsx";

export interface ExposeDeviceDialogProps {
  readonly service: NetworkService;
  /** The device's IPv4 address. */
  readonly host: string;
  readonly onClose: () => void;
}

export function ExposeDeviceDialog({ service, host, onClose }: ExposeDeviceDialogProps) {
  const { name, transport, port, warnings = [] } = service;
  const body = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const dangerous = warnings.some((one) => warningText(one).level === "refuse");
  const expose = async (): Promise<void> => {
    if (asked) return;
    setAsked(true);
    const refusal = await send("expose", {
      transport,
      internalPort: port,
      externalPort: null,
      host,
      ...(dangerous && { despiteWarning: true }),
    });
    setTrouble(refusal?.message ?? null);
    setAsked(false);
    if (refusal === null) closeDialogOf(body.current);
  };
  return (
    <Dialog title={`Expose ${name}?`} onClose={onClose}>
      <div ref={body} className="dialog-body">
        {trouble !== null && <Banner level="error">{trouble}</Banner>}
        <p>
          Everybody on the internet will be able to reach{" "}
          <strong>
            port {port} ({transport.toUpperCase()}) of {host}
          </strong>
          , another device in your home. Homeport cannot see what runs there, or whether it is safe.
        </p>
        <p>
          Do it only with a device that is yours, is kept up to date and asks for a password. Your
          router may refuse to open ports for another device than this PC.
        </p>
        <Reasons warnings={warnings} />
        <div className="dialog-foot">
          <button
            type="button"
            className={dangerous ? "button danger" : "button"}
            aria-disabled={asked}
            onClick={() => void expose()}
          >
            {dangerous ? "Expose anyway" : "Expose this device"}
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
