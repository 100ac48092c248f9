/** Reads one /proc/net table cheaply, again and again. */
import type { Transport } from "../../../../shared/snapshot.ts";
import { readPieces } from "./proc-files.ts";
import { type SocketRow, endOfListening, parseSocketTable } from "./socket-table.ts";

/** About 200,000 sockets. */
const tableLimit = 32 * 1024 * 1024;
const fullEvery = 64;
/** Bytes of a row of /proc/net/tcp; more than a row of tcp6 has; the most that the kernel prints at a time. */
const rowSize = 150;
const longestRow = 256;
const pageSize = 4096;

export class TableReader {
  readonly #path: string;
  readonly #transport: Transport;
  #reads = 0;
  /**
   * The kernel prints listening TCP sockets before all others, so reading ends at the first connection.
   * That order is no promise (gVisor has another): a full read checks it, the second one and then now and then.
   */
  #ordered: boolean;
  /** The table as last read, up to the end of what listens. */
  #bytes: Buffer = Buffer.alloc(0);
  #rows: readonly SocketRow[] = [];

  constructor(path: string, transport: Transport) {
    this.#path = path;
    this.#transport = transport;
    this.#ordered = transport === "tcp";
  }

  /** Rows that listen, the same object while they are the same; null when the table cannot be read. */
  read(): readonly SocketRow[] | null {
    const full = !this.#ordered || this.#reads % fullEvery === 1;
    this.#reads += 1;
    const table = readPieces(this.#path, full ? whole() : untilConnection(this.#bytes.length));
    if (table === null) return null;
    let end = this.#ordered ? endOfListening(table) : table.length;
    if (full && end < table.length && parseSocketTable(table.subarray(end), "tcp", 1).length > 0) {
      this.#ordered = false;
      end = table.length;
    }
    const bytes = table.subarray(0, end);
    if (!bytes.equals(this.#bytes)) {
      const rows = parseSocketTable(bytes, this.#transport);
      // Queues and reference counts change without end.
      if (rows.length !== this.#rows.length || !startWith(this.#rows, rows)) this.#rows = rows;
      this.#bytes = Buffer.from(bytes);
    }
    return this.#rows;
  }

  /**
   * False when one of the listening TCP sockets is gone or a new one stands between them. Looks at all but the last:
   * after that one the kernel would search its whole table of connections for the next row, which costs 20 times more.
   */
  looksSame(): boolean {
    if (!this.#ordered || this.#rows.length < 2) return true;
    const length = this.#bytes.lastIndexOf("\n", this.#bytes.length - 2) + 1;
    const bytes = readPieces(this.#path, (read) => length - read);
    if (bytes === null) return false;
    if (bytes.equals(this.#bytes.subarray(0, length))) return true;
    const rows = parseSocketTable(bytes, this.#transport);
    // The last of them may be cut when another row grew.
    return rows.length >= this.#rows.length - 2 && startWith(this.#rows, rows);
  }
}

/** All of it. */
function whole(): Pieces {
  return pieces((length) => tableLimit - length);
}

/** What listened at the last read and one row more; then on while that row listens too. */
function untilConnection(before: number): Pieces {
  let more = rowSize;
  return pieces((length, bytes) => {
    if (length >= tableLimit) return 0;
    const missing = before + rowSize - length;
    if (missing > 0) return missing;
    if (endsWithConnection(bytes.subarray(0, length))) return 0;
    more = Math.min(more * 2, pageSize);
    return more;
  });
}

type Pieces = Parameters<typeof readPieces>[1];

/**
 * Ends with a piece that has room left for a row. Reading on to be told the end would have the kernel search its table
 * of connections once more.
 */
function pieces(next: Pieces): Pieces {
  let asked = 0;
  let before = 0;
  return (length, bytes) => {
    const piece = length - before;
    if (piece < asked && piece <= pageSize - longestRow) return 0;
    before = length;
    asked = next(length, bytes);
    return asked;
  };
}

/** True when the last whole row does not listen. */
function endsWithConnection(bytes: Buffer): boolean {
  const end = bytes.lastIndexOf("\n");
  const start = bytes.lastIndexOf("\n", end - 1) + 1;
  return start > 0 && parseSocketTable(bytes.subarray(start, end + 1), "tcp").length === 0;
}

/** True when `rows` begins with all of `beginning`. */
function startWith(rows: readonly SocketRow[], beginning: readonly SocketRow[]): boolean {
  return beginning.every((row, at) => {
    const other = rows[at];
    return row.inode === other?.inode && row.port === other.port && row.address === other.address;
  });
}
