/** Asks before a port of another device is exposed, and says what that means. */
import type { NetworkService } from "../../shared/snapshot.ts";
import { ExposeDialog } from "./expose-dialog.tsx";

export interface ExposeDeviceDialogProps {
  readonly service: NetworkService;
  /** The device's IPv4 address. */
  readonly host: string;
  readonly onClose: () => void;
}

export function ExposeDeviceDialog({ service, host, onClose }: ExposeDeviceDialogProps) {
  const { name, transport, port, warnings = [] } = service;
  return (
    <ExposeDialog
      title={`Expose ${name}?`}
      request={{ transport, internalPort: port, externalPort: null, host }}
      warnings={warnings}
      yes="Expose this device"
      onClose={onClose}
    >
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
    </ExposeDialog>
  );
}
