/**
 * A PCP server at an anycast address that grants all and opens nothing. It answers from its own address, as a careless
 * one does, or with `from-anycast` from the address that it was asked at.
 * Usage: careless-server.mjs ANYCAST-ADDRESS OWN-ADDRESS EXTERNAL-ADDRESS [from-anycast]
 */
import { createSocket } from "node:dgram";

const PORT = 5351;
const [anycast = "", own = "", external = "", from] = process.argv.slice(2);
const asked = createSocket("udp4");
const other = createSocket("udp4");

asked.on("message", (request, client) => {
  if (request[0] !== 2) return;
  const response = Buffer.from(request);
  response[1] = (request[1] ?? 0) | 0x80;
  // Success, and an epoch of 1 s (RFC 6887 §7.2).
  response.fill(0, 2, 4).fill(0, 8, 24).writeUInt32BE(1, 8);
  // The external address of a MAP (§11.1), whose port is the suggested one.
  if (response.length >= 60) {
    response.fill(0, 44, 54).fill(0xff, 54, 56);
    Buffer.from(external.split(".").map(Number)).copy(response, 56);
  }
  (from === "from-anycast" ? asked : other).send(response, client.port, client.address);
});

other.bind(PORT, own, () => asked.bind(PORT, anycast, () => process.stdout.write("listening\n")));
