/** Picks the system's way to list listening sockets. */
import { systemInterfaces } from "./bind.ts";
import type { ListenerSource } from "./detector.ts";
import { LinuxListenerSource } from "./linux/linux-source.ts";
import { MacosListenerSource } from "./macos/macos-source.ts";
import { runCommand } from "../system/run-command.ts";
import { WindowsListenerSource } from "./windows/windows-source.ts";

/** The adapter for `platform`; null where there is none. */
export function createListenerSource(platform: NodeJS.Platform): ListenerSource | null {
  const now = (): number => performance.now();
  const options = {
    run: runCommand,
    now,
    ownPid: process.pid,
    interfaceOf: systemInterfaces(now),
  };
  switch (platform) {
    case "linux":
      return new LinuxListenerSource();
    case "darwin":
      return new MacosListenerSource(options);
    case "win32": {
      const systemRoot = process.env["SystemRoot"] ?? String.raw`C:\Windows`;
      return new WindowsListenerSource({ ...options, systemRoot });
    }
    default:
      return null;
  }
}
