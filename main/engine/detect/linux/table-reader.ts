/** Reads one /proc/net table cheaply, again and again. */
import type { Transport } from "../../../../shared/snapshot.ts";
import { readWhile } from "./proc-files.ts";
import { type SocketRow, parseSocketTable, stateOf } from "./socket-table.ts";

/** About 200,000 sockets. */
const tableLimit = 32 * 1024 * 1024;
const fullEvery = 64;
const listening = "0A";

export class TableReader {
  readonly #path: string;
  readonly #transport: Transport;
  #reads = 0;
  #ordered: boolean;
  #text: string | null = null;
  #rows: readonly SocketRow[] = [];

  constructor(path: string, transport: Transport) {
    this.#path = path;
    this.#transport = transport;
    this.#ordered = transport === "tcp";
  }

  /** Rows that listen, or null when the table cannot be read. */
  read(): readonly SocketRow[] | null {
    // The kernel prints listening TCP sockets before all others, so reading ends at the first connection.
    // That order is no promise: a full read now and then checks it.
    const full = !this.#ordered || this.#reads % fullEvery === 0;
    this.#reads += 1;
    const text = readWhile(this.#path, tableLimit, full ? () => true : endsListening);
    if (text === null) return null;
    if (full && this.#ordered) this.#ordered = listensFirst(text);
    if (text !== this.#text) {
      this.#text = text;
      this.#rows = parseSocketTable(text, this.#transport);
    }
    return this.#rows;
  }
}

/** True while the last whole line of a piece is a listening socket or the heading. */
function endsListening(piece: string): boolean {
  const end = piece.lastIndexOf("\n");
  const start = piece.lastIndexOf("\n", end - 1) + 1;
  const state = end < 0 ? "" : stateOf(piece.slice(start, end));
  return state === "" || state === listening;
}

/** True when no listening socket follows a connection. */
function listensFirst(text: string): boolean {
  let connections = false;
  let start = text.indexOf("\n") + 1;
  while (start < text.length) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    if (stateOf(text.slice(start, end)) !== listening) connections = true;
    else if (connections) return false;
    start = end + 1;
  }
  return true;
}
