/** The listening sockets of this system with their owners, remembered from scan to scan. */
import { OwnerChecks } from "./owner-checks.ts";
import type { ProcessStats } from "./process-stats.ts";
import type { Holder } from "./socket-origins.ts";
import { SocketOwners } from "./socket-owners.ts";
import type { SocketRow } from "./socket-table.ts";
import type { Table } from "./socket-tables.ts";
import type { TableName } from "./table-pace.ts";
import type { TimeSlices } from "./time-slices.ts";

/** What is known of one socket since it was first seen. */
export interface KnownSocket {
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

/**
 * Share of the time that may go into walking /proc/<pid>/fd, and how long a debt may last: a server that comes
 * meanwhile has to be shown within the second.
 */
const walkShare = 0.05;
const longestPause = 400;

export class KnownSockets {
  readonly #owners: SocketOwners;
  readonly #now: () => number;
  readonly #known = new Map<string, KnownSocket>();
  #owned: readonly KnownSocket[] = [];
  #scan = 0;
  #walkAfter = Number.NEGATIVE_INFINITY;
  readonly #checks = new OwnerChecks<KnownSocket>();

  /** `root` is where procfs is mounted; `now` gives monotonic milliseconds. */
  constructor(root: string, now: () => number) {
    this.#owners = new SocketOwners(root);
    this.#now = now;
  }

  /**
   * Tables are not read at each scan and a socket can change hands (socket activation), so owners are looked at again;
   * more of them when processes were started (`stirred`). Answers the tables of the sockets whose owner let go.
   */
  verify(stirred: boolean): ReadonlySet<TableName> {
    const gone = new Set<TableName>();
    for (const known of this.#checks.choose(stirred)) {
      if (known.holder === null || this.#owners.holds(known.holder, known.row.inode)) continue;
      known.holder = null;
      known.searched = false;
      known.searchAfter = 0;
      known.searches = 0;
      known.doubtful = true;
      gone.add(known.table);
    }
    return gone;
  }

  /** Takes what the scan with that number saw, and looks for owners; answers the processes that were found. */
  async update(
    scan: number,
    tables: readonly Table[],
    stats: ProcessStats,
    slices: TimeSlices,
  ): Promise<ReadonlySet<number>> {
    this.#scan = scan;
    for (const table of tables) this.#note(table);
    const found = await this.#search(stats, slices);
    this.#forget();
    return found;
  }

  /** Some socket waits for its owner to be looked for. */
  get pending(): boolean {
    return [...this.#known.values()].some((known) => known.doubtful || !known.searched);
  }

  /** Those of the last scan whose owner was looked for. */
  *current(): Generator<Readonly<KnownSocket>> {
    for (const known of this.#known.values()) {
      if (known.lastScan === this.#scan && known.searched && !known.doubtful) yield known;
    }
  }

  /** Processes of others, whose sockets we cannot see. */
  get closed(): ReadonlySet<number> {
    return this.#owners.closed;
  }

  /** Processes that hold a socket. */
  holders(): Set<number> {
    const pids = new Set<number>();
    for (const { holder } of this.#owned) if (holder !== null) pids.add(holder.pid);
    return pids;
  }

  #note({ name, rows, fresh }: Table): void {
    for (const row of rows) {
      const known = this.#known.get(row.inode);
      if (known?.table === name && isSameBind(known.row, row)) {
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

  async #search(stats: ProcessStats, slices: TimeSlices): Promise<Set<number>> {
    const now = this.#now();
    if (now < this.#walkAfter) return new Set();
    const due = [...this.#known.values()].filter(
      (known) =>
        known.holder === null &&
        !known.doubtful &&
        known.lastScan === this.#scan &&
        known.searchAfter < this.#scan,
    );
    if (due.length === 0) return new Set();
    const inodes = new Set(due.map((known) => known.row.inode));
    const found = await this.#owners.find(inodes, this.holders(), stats, slices);
    for (const known of due) {
      known.holder = found.get(known.row.inode) ?? null;
      known.searched = true;
      // A process caught between fork and exec shows at the next scan; another user's never does.
      known.searchAfter = this.#scan + Math.min(4 ** known.searches, 64) - 1;
      known.searches += 1;
    }
    const spent = this.#now() - now;
    this.#walkAfter = now + Math.min(spent / walkShare, longestPause);
    return new Set([...found.values()].map(({ pid }) => pid));
  }

  /** The tables are read page by page while they change: a row can be missed once, so its owner is kept for a while. */
  #forget(): void {
    for (const [inode, known] of this.#known) {
      if (known.lastScan < this.#scan - 3) this.#known.delete(inode);
    }
    this.#owned = [...this.#known.values()].filter(({ holder }) => holder !== null);
    this.#checks.take(this.#owned, this.#scan);
  }
}

function isSameBind(a: SocketRow, b: SocketRow): boolean {
  return a === b || (a.port === b.port && a.address === b.address);
}
