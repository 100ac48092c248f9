/** Exchange of files and coins between peers. */
import type { ServiceEntry } from "../schema.ts";

export const fileExchange: readonly ServiceEntry[] = [
  {
    id: "syncthing",
    name: "Syncthing",
    category: "file-exchange",
    clues: [{ process: ["syncthing"] }],
    ports: [
      { role: "sync", port: 22000, transport: "tcp", need: "required" },
      { role: "sync-udp", port: 22000, transport: "udp", need: "required" },
      {
        role: "discovery",
        port: 21027,
        transport: "udp",
        need: "never",
        warnings: ["local-network-only"],
      },
      { role: "gui", port: 8384, transport: "tcp", need: "never", warnings: ["admin-panel"] },
    ],
    sameExternalPort: "required",
    relay: "Relays work without any open port, but slowly.",
    warnings: ["maps-itself"],
    hints: ["External and internal port must be the same."],
  },
  {
    id: "qbittorrent",
    name: "qBittorrent",
    category: "file-exchange",
    clues: [{ process: ["qbittorrent", "qbittorrent-nox"] }],
    ports: [
      { role: "listen", port: 6881, transport: "tcp", need: "required" },
      { role: "listen-udp", port: 6881, transport: "udp", need: "required" },
      { role: "webui", port: 8080, transport: "tcp", need: "never", warnings: ["admin-panel"] },
    ],
    sameExternalPort: "free",
    warnings: ["maps-itself"],
    hints: ["The port is chosen in its settings, often at random."],
  },
  {
    id: "transmission",
    name: "Transmission",
    category: "file-exchange",
    clues: [
      { process: ["transmission-daemon", "transmission-gtk", "transmission-qt", "Transmission"] },
    ],
    ports: [
      { role: "listen", port: 51413, transport: "tcp", need: "required" },
      { role: "listen-udp", port: 51413, transport: "udp", need: "required" },
      { role: "rpc", port: 9091, transport: "tcp", need: "never", warnings: ["control-interface"] },
    ],
    sameExternalPort: "free",
    warnings: ["maps-itself"],
    hints: ["It has a port test of its own."],
  },
  {
    id: "ipfs",
    name: "IPFS (Kubo)",
    category: "file-exchange",
    clues: [{ process: ["ipfs"] }],
    ports: [
      { role: "swarm", port: 4001, transport: "tcp", need: "required" },
      { role: "swarm-udp", port: 4001, transport: "udp", need: "required" },
      { role: "api", port: 5001, transport: "tcp", need: "never", warnings: ["control-interface"] },
      {
        role: "gateway",
        port: 8080,
        transport: "tcp",
        need: "never",
        warnings: ["control-interface"],
      },
    ],
    sameExternalPort: "free",
    warnings: ["maps-itself"],
  },
  {
    id: "bitcoin",
    name: "Bitcoin Core",
    category: "file-exchange",
    clues: [{ process: ["bitcoind", "bitcoin-qt"] }],
    ports: [
      { role: "p2p", port: 8333, transport: "tcp", need: "required" },
      { role: "rpc", port: 8332, transport: "tcp", need: "never", warnings: ["control-interface"] },
    ],
    sameExternalPort: "free",
  },
];
