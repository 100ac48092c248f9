/**
 * A PCP proxy as RFC 7648 describes it, for the lab's DS-Lite CPE, which translates no addresses: a request goes to
 * the upper server from the proxy's own address, and THIRD_PARTY (RFC 6887 §13.1) names who asked.
 * It stands in for the proxy in a provider's CPE, of which Debian has none; the server behind it is a real one.
 * Usage: pcp-proxy.mjs LAN-ADDRESS OWN-ADDRESS SERVER-ADDRESS
 */
import { createSocket } from "node:dgram";

const PORT = 5351;
const HEADER = 24;
const THIRD_PARTY = 1;
const MAP = 1;
const PEER = 2;
/** RFC 6887 §14.1.1: where a server says that it lost its state. */
const ANNOUNCEMENTS = { group: "224.0.0.1", port: 5350 };

const [lanAddress = "", ownAddress = "", server = ""] = process.argv.slice(2);

/**
 * Who waits for which answer: opcode and nonce, which the answer repeats.
 * @type {Map<string, { address: string, port: number }>}
 */
const asking = new Map();

const lan = createSocket("udp4");
const upper = createSocket("udp4");
const announcements = createSocket({ type: "udp4", reuseAddr: true });

lan.on("message", (request, from) => {
  const opcode = request[1] ?? 0;
  if (request.length < HEADER || request[0] !== 2 || opcode > PEER) return;
  asking.set(keyOf(request), { address: from.address, port: from.port });
  const forwarded = Buffer.from(request);
  mapped(ownAddress).copy(forwarded, 8);
  const option = Buffer.concat([Buffer.from([THIRD_PARTY, 0, 0, 16]), mapped(from.address)]);
  upper.send(opcode === 0 ? forwarded : Buffer.concat([forwarded, option]), PORT, server);
});

upper.on("message", (response, from) => {
  if (from.address !== server || response.length < HEADER) return;
  const client = asking.get(keyOf(response));
  if (client !== undefined) lan.send(withoutThirdParty(response), client.port, client.address);
});

announcements.on("message", (announcement, from) => {
  if (from.address !== server) return;
  lan.send(announcement, ANNOUNCEMENTS.port, ANNOUNCEMENTS.group);
});

/** @param {Buffer} message */
function keyOf(message) {
  const opcode = (message[1] ?? 0) & 0x7f;
  return `${opcode} ${message.subarray(HEADER, HEADER + 12).toString("hex")}`;
}

/** @param {string} address of IPv4, as PCP writes it */
function mapped(address) {
  return Buffer.from(
    `${"00".repeat(10)}ffff${Buffer.from(address.split(".").map(Number)).toString("hex")}`,
    "hex",
  );
}

/** @param {Buffer} response whose options stand behind the data of its opcode */
function withoutThirdParty(response) {
  const opcode = (response[1] ?? 0) & 0x7f;
  let at = HEADER + (opcode === MAP ? 36 : opcode === PEER ? 56 : 0);
  const parts = [response.subarray(0, at)];
  while (at + 4 <= response.length) {
    const end = at + 4 + Math.ceil(response.readUInt16BE(at + 2) / 4) * 4;
    if (response[at] !== THIRD_PARTY) parts.push(response.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

upper.bind(0, ownAddress);
announcements.bind(ANNOUNCEMENTS.port, () => {
  announcements.addMembership(ANNOUNCEMENTS.group, ownAddress);
});
lan.bind(PORT, lanAddress, () => {
  lan.setMulticastInterface(lanAddress);
  process.stdout.write("listening\n");
});
