/** The four socket tables, each read as seldom as it may be. */
import type { Transport } from "../../../../shared/snapshot.ts";
import { OpenProcFile } from "./proc-files.ts";
import type { SocketRow } from "./socket-table.ts";
import { type SocketCounters, type TableName, TablePace, parseCounters } from "./table-pace.ts";
import { TableReader } from "./table-reader.ts";

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
/** The rows of a table that the counters call empty: one object, so that it stays the same. */
const none: readonly SocketRow[] = [];

export class SocketTables {
  readonly #net: string;
  readonly #counters: readonly [OpenProcFile, OpenProcFile, OpenProcFile];
  readonly #now: () => number;
  readonly #pace = new TablePace();
  readonly #readers: ReadonlyMap<TableName, TableReader>;
  readonly #rows = new Map<TableName, readonly SocketRow[]>();

  /** `root` is where procfs is mounted; `now` gives monotonic milliseconds. */
  constructor(root: string, now: () => number) {
    this.#net = `${root}/net`;
    this.#counters = [
      new OpenProcFile(`${this.#net}/sockstat`),
      new OpenProcFile(`${this.#net}/sockstat6`),
      new OpenProcFile(`${this.#net}/snmp`),
    ];
    this.#now = now;
    this.#readers = new Map(
      names.map((name) => [name, new TableReader(`${this.#net}/${name}`, transports[name])]),
    );
  }

  /** Throws when not one table can be read. */
  read(): Table[] {
    const [sockstat, sockstat6, snmp] = this.#counters;
    const counters = parseCounters(sockstat.read(), sockstat6.read(), snmp.read());
    const tables: Table[] = [];
    for (const [name, reader] of this.#readers) {
      const fresh = this.#readWhenDue(name, reader, counters);
      tables.push({ name, rows: this.#rows.get(name) ?? [], fresh });
    }
    if (this.#rows.size === 0) throw new Error(`${this.#net}/tcp cannot be read`);
    return tables;
  }

  /** Tells that a listed socket is gone from its process: the table is read again soon. */
  suspect(name: TableName): void {
    this.#pace.suspect(name);
  }

  #readWhenDue(name: TableName, reader: TableReader, counters: SocketCounters | null): boolean {
    if (counters?.inUse[name] === 0) {
      this.#rows.set(name, none);
      // One socket more is then as many as at the last read.
      this.#pace.suspect(name);
      return true;
    }
    const start = this.#now();
    if (!this.#pace.due(name, counters, start)) {
      if (!this.#pace.lookDue(name, start)) return false;
      const same = reader.looksSame();
      this.#pace.looked(name, start, this.#now() - start);
      if (same) return false;
      this.#pace.suspect(name);
      if (!this.#pace.due(name, counters, start)) return false;
    }
    const begin = this.#now();
    const rows = reader.read();
    if (rows === null) this.#rows.delete(name);
    else this.#rows.set(name, rows);
    this.#pace.done(name, counters, begin, this.#now() - begin);
    return true;
  }
}
