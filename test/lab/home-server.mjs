/**
 * What somebody hosts at home; run inside the namespace `pc`. Serves a page or echoes datagrams on an
 * address, and prints one JSON line once it listens: `{ "listeningAt": <milliseconds since 1970> }`.
 * Usage: home-server.mjs tcp|udp PORT TEXT ADDRESS
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:http";

const [transport, port, text, address = ""] = process.argv.slice(2);

function listening() {
  process.stdout.write(`${JSON.stringify({ listeningAt: Date.now() })}\n`);
}

if (transport === "tcp") {
  createServer((_request, response) => response.end(text)).listen(Number(port), address, listening);
} else {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("message", (message, from) =>
    socket.send(`${text} ${message.toString()}`, from.port, from.address),
  );
  socket.bind(Number(port), address, listening);
}
