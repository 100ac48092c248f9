/** /proc/net/{tcp,tcp6,udp,udp6}: text to listening sockets; pure (format: proc_pid_net(5), net/ipv4/tcp_ipv4.c). */
import ipaddr from "ipaddr.js";
import type { Transport } from "../../../../shared/snapshot.ts";

/** One row that waits for peers: TCP in LISTEN, UDP without a peer. */
export interface SocketRow {
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  /** Names the socket in /proc/<pid>/fd; `0` never occurs here. */
  readonly inode: string;
}

/** TCP_LISTEN, and TCP_CLOSE which the kernel shows for a UDP socket that is not connected. */
const waiting = { tcp: "0A", udp: "07" } as const;

const row =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) (0+):0000 ([0-9A-F]{2}) \S+ \S+ \S+\s+\d+\s+\d+ (\d+)/;

/** Rows that listen; what does not look like a row is skipped, at most `limit` rows come back. */
export function parseSocketTable(text: string, transport: Transport, limit = 65_536): SocketRow[] {
  const rows: SocketRow[] = [];
  let start = 0;
  while (start < text.length && rows.length < limit) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end);
    if (stateOf(line) === waiting[transport]) {
      const parsed = parseRow(line, transport);
      if (parsed) rows.push(parsed);
    }
    start = end + 1;
  }
  return rows;
}

/** The state column of a line, found without a regular expression: most rows are connections. */
export function stateOf(line: string): string {
  const colon = line.indexOf(": ");
  const local = line.indexOf(" ", colon + 2);
  const remote = line.indexOf(" ", local + 1);
  if (colon < 0 || local < 0 || remote < 0 || remote + 3 > line.length) return "";
  return line.slice(remote + 1, remote + 3);
}

function parseRow(line: string, transport: Transport): SocketRow | null {
  const [, address, port, , , inode] = row.exec(line) ?? [];
  if (!address || !port || !inode || inode === "0") return null;
  const number = Number.parseInt(port, 16);
  // Port 0: a raw-like socket that was never bound.
  if (number === 0) return null;
  return { transport, address: decodeAddress(address), port: number, inode };
}

/** Each 32-bit word is printed in the byte order of the machine, which is little-endian wherever Electron runs. */
export function decodeAddress(hex: string): string {
  // Nearly all of a table, thousands of rows at worst.
  if (/^0+$/.test(hex)) return hex.length === 8 ? "0.0.0.0" : "::";
  if (hex === "0100007F") return "127.0.0.1";
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    for (let at = word + 6; at >= word; at -= 2) {
      bytes.push(Number.parseInt(hex.slice(at, at + 2), 16));
    }
  }
  // IPv4-mapped binds (::ffff:a.b.c.d) take IPv4 visitors only: show what the visitor uses.
  return ipaddr.process(ipaddr.fromByteArray(bytes).toString()).toString();
}
