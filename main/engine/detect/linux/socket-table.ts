/** /proc/net/{tcp,tcp6,udp,udp6}: bytes to listening sockets; pure (format: proc_pid_net(5), net/ipv4/tcp_ipv4.c). */
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
const waiting = { tcp: 0x0a, udp: 0x07 } as const;
const newline = 0x0a;
const space = 0x20;
const colon = 0x3a;

/**
 * Rows that listen; what does not look like a row is skipped, at most `limit` rows come back. Works on bytes: with
 * thousands of rows a regular expression for each would cost more than the kernel takes to print them.
 */
export function parseSocketTable(bytes: Buffer, transport: Transport, limit = 65_536): SocketRow[] {
  const rows: SocketRow[] = [];
  const addresses = new Map<string, string>();
  for (let start = 0; start < bytes.length && rows.length < limit;) {
    const end = endOfLine(bytes, start);
    const columns = findColumns(bytes, start, end);
    if (columns?.state === waiting[transport]) {
      const { local, port } = columns;
      const inode = findInode(bytes, columns.after, end);
      // Port 0: a raw-like socket that was never bound.
      if (port > 0 && inode !== null) {
        const hex = bytes.toString("latin1", local, columns.localEnd);
        let address = addresses.get(hex);
        if (address === undefined) {
          address = /^[\dA-F]+$/.test(hex) ? decodeAddress(hex) : "";
          addresses.set(hex, address);
        }
        if (address !== "") rows.push({ transport, address, port, inode });
      }
    }
    start = end + 1;
  }
  return rows;
}

/** Where the rows of listening TCP sockets end that stand before all others; the heading counts to them. */
export function endOfListening(bytes: Buffer): number {
  let start = endOfLine(bytes, 0) + 1;
  while (start < bytes.length) {
    const end = endOfLine(bytes, start);
    if (findColumns(bytes, start, end)?.state !== waiting.tcp) return start;
    start = end + 1;
  }
  return bytes.length;
}

interface Columns {
  /** Offsets of the local address's hexadecimal digits. */
  readonly local: number;
  readonly localEnd: number;
  readonly port: number;
  readonly state: number;
  /** Offset behind the state. */
  readonly after: number;
}

/** `  12: 0100007F:1F90 00000000:0000 0A …`; null for anything else. */
function findColumns(bytes: Buffer, start: number, end: number): Columns | null {
  const local = indexOf(bytes, colon, start, end) + 2;
  const localEnd = indexOf(bytes, colon, local, end);
  const width = localEnd - local;
  const remote = localEnd + 6;
  const state = remote + width + 6;
  if (width !== 8 && width !== 32) return null;
  if (state + 3 > end || bytes[remote - 1] !== space || bytes[state - 1] !== space) return null;
  return {
    local,
    localEnd,
    port: hexadecimal(bytes, localEnd + 1, localEnd + 5),
    state: hexadecimal(bytes, state, state + 2),
    after: state + 2,
  };
}

/** The sixth column behind the state, whole; queues, timer, retransmissions, user and timeout stand before it. */
function findInode(bytes: Buffer, after: number, end: number): string | null {
  let at = after;
  for (let column = 0; ; column += 1) {
    while (at < end && bytes[at] === space) at += 1;
    const start = at;
    while (at < end && bytes[at] !== space) at += 1;
    // A table read in pieces may end within a number.
    if (at >= end) return null;
    if (column < 5) continue;
    const inode = bytes.toString("latin1", start, at);
    return /^[1-9]\d*$/.test(inode) ? inode : null;
  }
}

function endOfLine(bytes: Buffer, start: number): number {
  return indexOf(bytes, newline, start, bytes.length);
}

/** Offset of a byte, or `end`; lines are too short for Buffer's own search to pay. */
function indexOf(bytes: Buffer, byte: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at += 1;
  return at;
}

/** -1 where a digit is none. */
function hexadecimal(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if (!isDigit && !(byte >= 0x41 && byte <= 0x46)) return -1;
    value = value * 16 + (isDigit ? byte - 0x30 : byte - 0x37);
  }
  return value;
}

/** Each 32-bit word is printed in the byte order of the machine, which is little-endian wherever Electron runs. */
export function decodeAddress(hex: string): string {
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    for (let at = word + 6; at >= word; at -= 2) {
      bytes.push(Number.parseInt(hex.slice(at, at + 2), 16));
    }
  }
  // IPv4-mapped binds (::ffff:a.b.c.d) take IPv4 visitors only: show what the visitor uses.
  return ipaddr.process(ipaddr.fromByteArray(bytes).toString()).toString();
}
