/** Picks the system's way to list listening sockets. */
import type { ListenerSource } from "./detector.ts";
import { LinuxListenerSource } from "./linux/linux-source.ts";

/** The adapter for `platform`; null where there is none. */
export function createListenerSource(platform: NodeJS.Platform): ListenerSource | null {
  return platform === "linux" ? new LinuxListenerSource() : null;
}
