/** Games on the Source and GoldSrc engines. */
import type { ServiceEntry } from "../schema.ts";

export const sourceGames: readonly ServiceEntry[] = [
  {
    id: "cs2",
    name: "Counter-Strike 2",
    category: "game",
    clues: [{ process: ["cs2", "cs2.sh"], commandLine: /\s-dedicated\b/ }],
    ports: [
      { role: "game", port: 27015, transport: "udp", need: "required" },
      { role: "rcon", port: 27015, transport: "tcp", need: "never", warnings: ["remote-console"] },
    ],
    told: [{ role: "game", pattern: /\s[-+](?:host)?port\s+(\d{1,5})\b/ }],
    joinUrl: "steam://connect/{host}:{port}",
    sameExternalPort: "listing",
    ask: { protocol: "a2s", steamApp: 730 },
    hints: [
      "UDP is for play and server lists; TCP on the same number is the remote console.",
      "Public lists need a login token of Steam.",
    ],
  },
  {
    id: "tf2",
    name: "Team Fortress 2",
    category: "game",
    clues: [
      {
        process: ["srcds", "srcds_win64", "srcds_linux", "srcds_linux64"],
        commandLine: /\s-game\s+tf\b/,
      },
    ],
    ports: [
      { role: "game", port: 27015, transport: "udp", need: "required" },
      { role: "rcon", port: 27015, transport: "tcp", need: "never", warnings: ["remote-console"] },
      { role: "sourcetv", port: 27020, transport: "udp", need: "optional" },
    ],
    told: [{ role: "game", pattern: /\s[-+](?:host)?port\s+(\d{1,5})\b/ }],
    joinUrl: "steam://connect/{host}:{port}",
    sameExternalPort: "listing",
    ask: { protocol: "a2s", steamApp: 440 },
  },
  {
    id: "gmod",
    name: "Garry's Mod",
    category: "game",
    clues: [
      {
        process: ["srcds", "srcds_win64", "srcds_linux", "srcds_linux64"],
        commandLine: /\s-game\s+garrysmod\b/,
      },
    ],
    ports: [
      { role: "game", port: 27015, transport: "udp", need: "required" },
      { role: "rcon", port: 27015, transport: "tcp", need: "never", warnings: ["remote-console"] },
      { role: "sourcetv", port: 27020, transport: "udp", need: "optional" },
    ],
    told: [{ role: "game", pattern: /\s[-+](?:host)?port\s+(\d{1,5})\b/ }],
    joinUrl: "steam://connect/{host}:{port}",
    sameExternalPort: "listing",
    ask: { protocol: "a2s", steamApp: 4000 },
  },
  {
    id: "l4d2",
    name: "Left 4 Dead 2",
    category: "game",
    clues: [{ process: ["srcds", "srcds_linux"], commandLine: /\s-game\s+left4dead2\b/ }],
    ports: [
      { role: "game", port: 27015, transport: "udp", need: "required" },
      { role: "rcon", port: 27015, transport: "tcp", need: "never", warnings: ["remote-console"] },
      { role: "sourcetv", port: 27020, transport: "udp", need: "optional" },
    ],
    told: [{ role: "game", pattern: /\s[-+](?:host)?port\s+(\d{1,5})\b/ }],
    joinUrl: "steam://connect/{host}:{port}",
    sameExternalPort: "listing",
    ask: { protocol: "a2s", steamApp: 550 },
  },
  {
    id: "css",
    name: "Counter-Strike: Source",
    category: "game",
    clues: [
      {
        process: ["srcds", "srcds_win64", "srcds_linux", "srcds_linux64"],
        commandLine: /\s-game\s+cstrike\b/,
      },
    ],
    ports: [
      { role: "game", port: 27015, transport: "udp", need: "required" },
      { role: "rcon", port: 27015, transport: "tcp", need: "never", warnings: ["remote-console"] },
      { role: "sourcetv", port: 27020, transport: "udp", need: "optional" },
    ],
    told: [{ role: "game", pattern: /\s[-+](?:host)?port\s+(\d{1,5})\b/ }],
    joinUrl: "steam://connect/{host}:{port}",
    sameExternalPort: "listing",
    ask: { protocol: "a2s", steamApp: 240 },
  },
  {
    id: "goldsrc",
    name: "Half-Life or Counter-Strike 1.6",
    category: "game",
    clues: [{ process: ["hlds", "hlds_linux", "hlds_amd", "hlds_i686"] }],
    ports: [{ role: "game", port: 27015, transport: "udp", need: "required" }],
    told: [{ role: "game", pattern: /\s[-+](?:host)?port\s+(\d{1,5})\b/ }],
    joinUrl: "steam://connect/{host}:{port}",
    sameExternalPort: "listing",
    ask: { protocol: "a2s" },
    hints: ["The remote console is on the same UDP port: choose a long rcon_password or none."],
  },
  {
    id: "svencoop",
    name: "Sven Co-op",
    category: "game",
    clues: [{ process: ["svends", "svends_i686", "svends_amd"] }],
    ports: [
      { role: "game", port: 27015, transport: "udp", need: "required" },
      { role: "vac", port: 26900, transport: "udp", need: "optional" },
    ],
    told: [{ role: "game", pattern: /\s[-+](?:host)?port\s+(\d{1,5})\b/ }],
    joinUrl: "steam://connect/{host}:{port}",
    sameExternalPort: "listing",
    ask: { protocol: "a2s", steamApp: 225840 },
  },
  {
    id: "black-mesa",
    name: "Black Mesa",
    category: "game",
    clues: [{ process: ["srcds", "srcds_linux"], commandLine: /\s-game\s+bms\b/ }],
    ports: [
      { role: "game", port: 27015, transport: "udp", need: "required" },
      { role: "rcon", port: 27015, transport: "tcp", need: "never", warnings: ["remote-console"] },
      { role: "sourcetv", port: 27020, transport: "udp", need: "optional" },
    ],
    told: [{ role: "game", pattern: /\s[-+](?:host)?port\s+(\d{1,5})\b/ }],
    joinUrl: "steam://connect/{host}:{port}",
    sameExternalPort: "listing",
    ask: { protocol: "a2s", steamApp: 362890 },
  },
];
