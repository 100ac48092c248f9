/** A friend's Minecraft client: `minecraft-client.mjs NAME`, without a port. Prints what it met as one JSON line. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { createClient } = require("minecraft-protocol");

const client = createClient({
  host: process.argv[2] ?? "",
  username: "Friend",
  version: "1.16.5",
  auth: "offline",
});

/** @param {Record<string, unknown>} result */
function end(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

client.on("login", () =>
  end({ joined: true, address: client.socket.remoteAddress, port: client.socket.remotePort }),
);
client.on("error", (/** @type {Error} */ error) => end({ joined: false, error: String(error) }));
client.on("end", (/** @type {string} */ reason) => end({ joined: false, error: reason }));
