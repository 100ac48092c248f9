/** Further ways to run programs or fetch files from afar, few of which ask who is there. */
import type { ServiceEntry } from "../schema.ts";

export const remoteAccess: readonly ServiceEntry[] = [
  {
    id: "web-terminal",
    name: "Terminal in the browser",
    category: "administration",
    clues: [{ process: ["ttyd", "gotty", "shellinaboxd", "wetty"] }],
    ports: [
      { role: "ttyd", port: 7681, transport: "tcp", need: "never" },
      { role: "shellinabox", port: 4200, transport: "tcp", need: "never" },
    ],
    sameExternalPort: "free",
    warnings: ["code-execution"],
  },
  {
    id: "remote-support",
    name: "Remote support (AnyDesk and kin)",
    category: "administration",
    clues: [{ process: ["anydesk", "rustdesk", "teamviewerd", "TeamViewer_Service"] }],
    ports: [
      { role: "anydesk", port: 7070, transport: "tcp", need: "never" },
      { role: "teamviewer", port: 5938, transport: "tcp", need: "never" },
      { role: "rustdesk", port: 21_118, transport: "tcp", need: "never" },
    ],
    sameExternalPort: "free",
    relay: "It finds its way through routers by itself, without an open port.",
    warnings: ["remote-desktop"],
  },
  {
    id: "rsync",
    name: "rsync",
    category: "file-exchange",
    clues: [{ process: ["rsync"], commandLine: /\s--daemon\b/ }],
    ports: [{ role: "rsync", port: 873, transport: "tcp", need: "never" }],
    sameExternalPort: "free",
    warnings: ["file-sharing"],
  },
  {
    id: "tftp",
    name: "TFTP",
    category: "file-exchange",
    clues: [{ process: ["in.tftpd", "tftpd", "atftpd", "tftpd64", "tftpd32"] }],
    ports: [{ role: "tftp", port: 69, transport: "udp", need: "never" }],
    sameExternalPort: "free",
    warnings: ["file-sharing"],
  },
  {
    id: "adb",
    name: "Android debugging (adb)",
    category: "development",
    clues: [{ process: ["adb"] }],
    ports: [{ role: "adb", port: 5037, transport: "tcp", need: "never" }],
    sameExternalPort: "free",
    warnings: ["code-execution"],
  },
  {
    id: "distcc",
    name: "distcc",
    category: "development",
    clues: [{ process: ["distccd"] }],
    ports: [{ role: "jobs", port: 3632, transport: "tcp", need: "never" }],
    sameExternalPort: "free",
    warnings: ["code-execution"],
  },
];
