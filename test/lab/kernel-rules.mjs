/** What miniupnpd wrote into a router's kernel, as `nft -j list chain` prints it. */
import ipaddr from "ipaddr.js";

/** The protocol field of the IPv4 header and the next header of the IPv6 header, in bits from their beginning. */
const PROTOCOL = new Set([72, 48]);
/** The destination in the IPv6 header. */
const DESTINATION_6 = 192;

const transports = new Map(
  /** @type {const} */ ([
    [6, "tcp"],
    [17, "udp"],
  ]),
);

/**
 * One mapping as it stands in the kernel.
 * @typedef {object} DnatRule
 * @property {"tcp" | "udp"} transport
 * @property {number} externalPort
 * @property {string} toAddress
 * @property {number} toPort
 */

/**
 * What the firewall lets in over IPv6.
 * @typedef {object} Pinhole
 * @property {"tcp" | "udp"} transport
 * @property {string} toAddress
 * @property {number} toPort
 */

/**
 * @typedef {object} Rule
 * @property {"tcp" | "udp"} [transport]
 * @property {number} [port] to which it applies
 * @property {string} [destination6] hexadecimal
 * @property {{ addr: string, port: number }} [dnat]
 */

/**
 * @param {string} json
 * @returns {DnatRule[]} in the order of the chain; throws on a rule it cannot read
 */
export function parseDnat(json) {
  return rulesOf(json).map(({ transport, port, dnat }) => {
    if (!transport || !port || !dnat?.addr || !dnat.port) throw unreadable(json);
    return { transport, externalPort: port, toAddress: dnat.addr, toPort: dnat.port };
  });
}

/**
 * @param {string} json
 * @returns {Pinhole[]} in the order of the chain, without the rules for IPv4; throws on a rule it cannot read
 */
export function parsePinholes(json) {
  return rulesOf(json).flatMap(({ transport, port, destination6 }) => {
    if (destination6 === undefined) return [];
    if (!transport || !port) throw unreadable(json);
    return [{ transport, toAddress: addressOf(destination6), toPort: port }];
  });
}

/**
 * @param {string} json
 * @returns {Rule[]}
 */
function rulesOf(json) {
  /** @type {Rule[]} */
  const rules = [];
  for (const { rule } of JSON.parse(json).nftables) {
    if (rule === undefined) continue;
    /** @type {Rule} */
    const read = {};
    for (const { match, dnat } of rule.expr) {
      if (dnat) read.dnat = dnat;
      const { offset, field } = match?.left.payload ?? {};
      const transport = PROTOCOL.has(offset) ? transports.get(match.right) : undefined;
      if (transport !== undefined) read.transport = transport;
      if (offset === DESTINATION_6) read.destination6 = match.right;
      if (field === "dport") read.port = match.right;
    }
    rules.push(read);
  }
  return rules;
}

/** @param {string} hexadecimal of 128 bits, after `0x` */
function addressOf(hexadecimal) {
  const digits = hexadecimal.slice(2).padStart(32, "0");
  return ipaddr.fromByteArray([...Buffer.from(digits, "hex")]).toString();
}

/** @param {string} json */
function unreadable(json) {
  return new Error(`cannot read these rules of the router: ${json}`);
}
