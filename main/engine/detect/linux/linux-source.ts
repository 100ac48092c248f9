/** Listening sockets of this network namespace from /proc, with owners; no child process. */
import type { Server, ServerProcess } from "../../../../shared/snapshot.ts";
import { type InterfaceOf, systemInterfaces } from "../bind.ts";
import type { ListenerSource } from "../detector.ts";
import { type OwnedSocket, type PortRange, toServers } from "../owned-socket.ts";
import { descendsFrom, readProcess } from "./process.ts";
import { readProcFile } from "./proc-files.ts";
import { type Holder, SocketOwners } from "./socket-owners.ts";
import type { SocketRow } from "./socket-table.ts";
import { SocketTables, type Table, type TableName } from "./socket-tables.ts";

export interface LinuxSourceOptions {
  /** Where procfs is mounted. */
  readonly root?: string;
  /** The process whose tree is ourselves and is left out. */
  readonly ownPid?: number;
  /** Monotonic milliseconds; bounds the time spent on looking for owners. */
  readonly now?: () => number;
}

/** What is known of one socket since it was first seen. */
interface Known {
  readonly firstScan: number;
  readonly row: SocketRow;
  readonly table: TableName;
  holder: Holder | null;
  /** Looked for an owner at least once. */
  searched: boolean;
  /** Number of the scan after which an owner not found is looked for again. */
  searchAfter: number;
  searches: number;
  lastScan: number;
  /** Its process let go of it; whether it still exists is only told by a fresh table. */
  doubtful: boolean;
}

interface KnownProcess {
  readonly firstScan: number;
  readScan: number;
  process: ServerProcess | null;
  ours: boolean;
}

/** Share of the time that may go into walking /proc/<pid>/fd, and how long a debt may last. */
const walkShare = 0.05;
const longestPause = 2000;
const verifiedPerScan = 64;
/** Scans in a row without a change before they are cut short, and how many of them at most. */
const settling = 6;
const longestQuiet = 60;

export class LinuxListenerSource implements ListenerSource {
  /** A quiet look costs 0.1 ms; shown within a second of listen() even where the PC is busy. */
  readonly interval = 350;
  readonly #root: string;
  readonly #ownPid: number;
  readonly #now: () => number;
  readonly #owners: SocketOwners;
  readonly #interfaceOf: InterfaceOf;
  readonly #tables: SocketTables;
  readonly #known = new Map<string, Known>();
  readonly #processes = new Map<number, KnownProcess>();
  #servers: readonly Server[] = [];
  #lastRows: readonly (readonly SocketRow[])[] = [];
  #unchanged = 0;
  /** Some socket waits for its owner to be looked for. */
  #pending = false;
  #scan = 0;
  #walkAfter = Number.NEGATIVE_INFINITY;
  #verifyAt = 0;

  constructor({ root = "/proc", ownPid = process.pid, now }: LinuxSourceOptions = {}) {
    this.#root = root;
    this.#ownPid = ownPid;
    this.#now = now ?? (() => performance.now());
    this.#interfaceOf = systemInterfaces(this.#now);
    this.#owners = new SocketOwners(root);
    this.#tables = new SocketTables(root, this.#now);
  }

  /** Rejects only when no table can be read. */
  async scan(): Promise<readonly Server[]> {
    this.#verify();
    const tables = this.#tables.read();
    if (this.#isQuiet(tables)) return this.#servers;
    this.#scan += 1;
    for (const table of tables) this.#note(table);
    this.#search();
    this.#servers = toServers(this.#sockets(), this.#ephemeral(), this.#interfaceOf);
    this.#forget();
    this.#pending = [...this.#known.values()].some((known) => known.doubtful || !known.searched);
    return this.#servers;
  }

  /**
   * True when the tables are those of the scan before, and of some more, since young processes are looked at again.
   * `#scan` counts the other scans; one in `longestQuiet` is among them whatever happens.
   */
  #isQuiet(tables: readonly Table[]): boolean {
    // Handovers have set the count to 0 already.
    const same = tables.every(({ rows }, at) => rows === this.#lastRows[at]);
    this.#lastRows = tables.map(({ rows }) => rows);
    this.#unchanged = same ? this.#unchanged + 1 : 0;
    return !this.#pending && this.#unchanged > settling && this.#unchanged % longestQuiet !== 0;
  }

  #note({ name, rows, fresh }: Table): void {
    for (const row of rows) {
      const known = this.#known.get(row.inode);
      if (known?.table === name && known.row.port === row.port) {
        known.lastScan = this.#scan;
        if (fresh) known.doubtful = false;
      } else if (fresh) {
        this.#known.set(row.inode, {
          row,
          table: name,
          holder: null,
          searched: false,
          searchAfter: 0,
          searches: 0,
          firstScan: this.#scan,
          lastScan: this.#scan,
          doubtful: false,
        });
      }
    }
  }

  /**
   * Tables are not read at each scan and a socket can change hands (socket activation), so owners are looked at again:
   * the young ones at each scan, the others in turn.
   */
  #verify(): void {
    const owned = [...this.#known.values()].filter((known) => known.holder !== null);
    const count = Math.min(verifiedPerScan, owned.length);
    const chosen = new Set(owned.filter((known) => this.#scan - known.firstScan < 4).slice(0, 256));
    for (let at = 0; at < count; at += 1) {
      this.#verifyAt = (this.#verifyAt + 1) % owned.length;
      const known = owned[this.#verifyAt];
      if (known) chosen.add(known);
    }
    for (const known of chosen) {
      if (known.holder && this.#owners.holds(known.holder, known.row.inode)) continue;
      known.holder = null;
      known.searched = false;
      known.searchAfter = 0;
      known.searches = 0;
      known.doubtful = true;
      this.#tables.suspect(known.table);
      this.#unchanged = 0;
    }
  }

  #search(): void {
    const now = this.#now();
    if (now < this.#walkAfter) return;
    const due = [...this.#known.values()].filter(
      (known) =>
        known.holder === null &&
        !known.doubtful &&
        known.lastScan === this.#scan &&
        known.searchAfter < this.#scan,
    );
    if (due.length === 0) return;
    const likely = new Set<number>();
    for (const { holder } of this.#known.values()) if (holder) likely.add(holder.pid);
    const found = this.#owners.find(new Set(due.map((known) => known.row.inode)), likely);
    for (const known of due) {
      known.holder = found.get(known.row.inode) ?? null;
      known.searched = true;
      // A process caught between fork and exec shows at the next scan; another user's never does.
      known.searchAfter = this.#scan + Math.min(4 ** known.searches, 64) - 1;
      known.searches += 1;
    }
    const spent = this.#now() - now;
    this.#walkAfter = now + Math.min(spent / walkShare, longestPause);
  }

  *#sockets(): Generator<OwnedSocket> {
    for (const { row, holder, searched, doubtful, lastScan } of this.#known.values()) {
      if (lastScan !== this.#scan || !searched || doubtful) continue;
      const owner = holder === null ? null : this.#process(holder.pid);
      if (owner?.ours) continue;
      const { transport, address, port } = row;
      yield { transport, address, port, process: owner?.process ?? null };
    }
  }

  /** Read anew during the first scans, when a young process may still call exec, and now and then later. */
  #process(pid: number): KnownProcess {
    let known = this.#processes.get(pid);
    const age = known ? this.#scan - known.firstScan : 0;
    if (
      !known ||
      (known.readScan !== this.#scan && (age < 4 || this.#scan - known.readScan > 10))
    ) {
      known = {
        firstScan: known?.firstScan ?? this.#scan,
        readScan: this.#scan,
        process: readProcess(this.#root, pid),
        ours: descendsFrom(this.#root, pid, this.#ownPid),
      };
      this.#processes.set(pid, known);
    }
    return known;
  }

  #ephemeral(): PortRange {
    const text = readProcFile(`${this.#root}/sys/net/ipv4/ip_local_port_range`, 64) ?? "";
    const [first, last] = text.trim().split(/\s+/).map(Number);
    return first && last ? { first, last } : { first: 32_768, last: 60_999 };
  }

  /** The tables are read page by page while they change: a row can be missed once, so its owner is kept for a while. */
  #forget(): void {
    const used = new Set<number>();
    for (const [inode, known] of this.#known) {
      if (known.lastScan < this.#scan - 3) this.#known.delete(inode);
      else if (known.holder) used.add(known.holder.pid);
    }
    for (const pid of this.#processes.keys()) if (!used.has(pid)) this.#processes.delete(pid);
  }
}
