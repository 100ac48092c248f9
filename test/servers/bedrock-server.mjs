/** RakNet as Bedrock Edition speaks it, by JSPrismarine: `bedrock-server.mjs PORT`. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Listener = require("@jsprismarine/raknet");

const listener = new Listener();
listener.on("unconnectedPong", (/** @type {any} */ name) => {
  name.setMotd("§aHomeport §rBedrock");
  name.setVersion("1.21.50");
  name.setOnlinePlayerCount(2);
  name.setMaxPlayerCount(10);
});
await listener.listen("0.0.0.0", Number(process.argv[2]));
