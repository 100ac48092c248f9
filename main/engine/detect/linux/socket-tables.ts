/** The four socket tables, each read as seldom as it may be. */
import type { Transport } from "../../../../shared/snapshot.ts";
import { readProcFile } from "./proc-files.ts";
import type { SocketRow } from "./socket-table.ts";
import { TableReader } from "./table-reader.ts";
import { type TcpTable, TcpPace, parseCounters } from "./tcp-pace.ts";

export type TableName = TcpTable | "udp" | "udp6";

export interface Table {
  readonly name: TableName;
  /** As last read; empty where the system has no such table (IPv6 switched off). */
  readonly rows: readonly SocketRow[];
  /** False when the rows are those of an earlier scan. */
  readonly fresh: boolean;
}

const transports = { tcp: "tcp", tcp6: "tcp", udp: "udp", udp6: "udp" } as const satisfies Record<
  TableName,
  Transport
>;
const names = Object.keys(transports) as TableName[];
const countersLimit = 16 * 1024;

export class SocketTables {
  readonly #root: string;
  readonly #now: () => number;
  readonly #pace = new TcpPace();
  readonly #readers: ReadonlyMap<TableName, TableReader>;
  readonly #rows = new Map<TableName, readonly SocketRow[]>();

  /** `root` is where procfs is mounted; `now` gives monotonic milliseconds. */
  constructor(root: string, now: () => number) {
    this.#root = root;
    this.#now = now;
    this.#readers = new Map(
      names.map((name) => [name, new TableReader(`${root}/net/${name}`, transports[name])]),
    );
  }

  /** Throws when not one table can be read. */
  read(): Table[] {
    const net = `${this.#root}/net`;
    const counters = parseCounters(
      readProcFile(`${net}/sockstat`, countersLimit),
      readProcFile(`${net}/sockstat6`, countersLimit),
      readProcFile(`${net}/snmp`, countersLimit),
    );
    const tables: Table[] = [];
    for (const [name, reader] of this.#readers) {
      const start = this.#now();
      const tcp = name === "tcp" || name === "tcp6" ? name : null;
      const fresh = tcp === null || this.#pace.due(tcp, counters, start);
      if (fresh) this.#readOne(name, reader);
      if (fresh && tcp) this.#pace.done(tcp, counters, start, this.#now() - start);
      tables.push({ name, rows: this.#rows.get(name) ?? [], fresh });
    }
    if (this.#rows.size === 0) throw new Error(`${net}/tcp cannot be read`);
    return tables;
  }

  /** Tells that a listed socket is gone from its process: the table is read again soon. */
  suspect(name: TableName): void {
    if (name === "tcp" || name === "tcp6") this.#pace.suspect(name);
  }

  #readOne(name: TableName, reader: TableReader): void {
    const rows = reader.read();
    if (rows === null) this.#rows.delete(name);
    else this.#rows.set(name, rows);
  }
}
