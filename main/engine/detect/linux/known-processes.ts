/** Who the owners of sockets are, remembered from scan to scan. */
import type { ServerProcess } from "../../../../shared/snapshot.ts";
import { readProcess } from "./process.ts";
import type { ProcessStats } from "./process-stats.ts";
import type { TimeSlices } from "./time-slices.ts";

interface Known {
  readonly firstScan: number;
  readScan: number;
  process: ServerProcess | null;
  ours: boolean;
}

/** Scans during which a young process may still call exec, and after which an old one is read again. */
const young = 4;
const stale = 10;
/** A process costs 20 µs to read. */
const mostReread = 16;

export class KnownProcesses {
  readonly #root: string;
  readonly #ownPid: number;
  readonly #known = new Map<number, Known>();
  #scan = 0;
  #reread = 0;

  /** `root` is where procfs is mounted; `ownPid` the process whose tree is ourselves. */
  constructor(root: string, ownPid: number) {
    this.#root = root;
    this.#ownPid = ownPid;
  }

  /**
   * Reads the processes in `used` that may have changed, and forgets the others. `renewed` are those of which a socket
   * was just found: their number may have been another process's before.
   */
  async update(
    scan: number,
    used: ReadonlySet<number>,
    renewed: ReadonlySet<number>,
    stats: ProcessStats,
    slices: TimeSlices,
  ): Promise<void> {
    this.#scan = scan;
    this.#reread = 0;
    for (const pid of this.#known.keys()) if (!used.has(pid)) this.#known.delete(pid);
    for (const pid of used) {
      const known = this.#known.get(pid);
      if (known && !renewed.has(pid)) {
        if (!this.#isDue(known)) continue;
        this.#reread += 1;
      }
      this.#read(pid, stats);
      if (slices.over) await slices.pause();
    }
  }

  /** One of those used; the same `process` while nothing changes, null when it is gone. `ours` belongs to us. */
  get(pid: number): Readonly<Pick<Known, "process" | "ours">> | null {
    return this.#known.get(pid) ?? null;
  }

  #read(pid: number, stats: ProcessStats): void {
    const known = this.#known.get(pid);
    const process = readProcess(this.#root, pid, stats);
    this.#known.set(pid, {
      firstScan: known?.firstScan ?? this.#scan,
      readScan: this.#scan,
      process: known && isSame(known.process, process) ? known.process : process,
      ours: stats.descends(pid, this.#ownPid),
    });
  }

  #isDue({ firstScan, readScan }: Known): boolean {
    if (this.#reread >= mostReread) return false;
    return this.#scan - firstScan < young || this.#scan - readScan > stale;
  }
}

function isSame(a: ServerProcess | null, b: ServerProcess | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
