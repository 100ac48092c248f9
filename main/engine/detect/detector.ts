/** Watches which programs listen on this PC. The per-OS work is behind `ListenerSource`. */
import type { Server } from "../../../shared/snapshot.ts";

/** One look at the system's listening sockets, owners included. Sorted by transport, then port. */
export interface ListenerSource {
  scan(): Promise<readonly Server[]>;
}
