/** A Minecraft server, run on the lab's PC: `minecraft-server.mjs PORT`. Prints `ready` once it listens. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { createMCServer } = require("flying-squid");

const server = createMCServer({
  motd: "A Homeport world",
  port: Number(process.argv[2]),
  "max-players": 12,
  "online-mode": false,
  logging: false,
  gameMode: 1,
  difficulty: 0,
  worldFolder: undefined,
  generation: { name: "superflat", options: {} },
  kickTimeout: 10_000,
  plugins: {},
  modpe: false,
  "view-distance": 2,
  "player-list-text": { header: "", footer: "" },
  "everybody-op": false,
  "max-entities": 10,
  version: "1.16.5",
});
server.on("listening", () => process.stdout.write("ready\n"));
