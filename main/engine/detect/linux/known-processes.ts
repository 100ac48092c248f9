/** Who the owners of sockets are, remembered from scan to scan. */
import type { ServerProcess } from "../../../../shared/snapshot.ts";
import { type Parents, readProcess } from "./process.ts";

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

  /** Forgets the processes that are not in `used`; those in it may be asked for until the next scan. */
  begin(scan: number, used: ReadonlySet<number>): void {
    this.#scan = scan;
    this.#reread = 0;
    for (const pid of this.#known.keys()) if (!used.has(pid)) this.#known.delete(pid);
  }

  /** The process, the same object while nothing changes; null when it is gone, `ours` when it belongs to us. */
  get(pid: number, parents: Parents): Readonly<Pick<Known, "process" | "ours">> {
    const known = this.#known.get(pid);
    if (known && !this.#isDue(known)) return known;
    if (known) this.#reread += 1;
    const process = readProcess(this.#root, pid);
    const next = {
      firstScan: known?.firstScan ?? this.#scan,
      readScan: this.#scan,
      process: known && isSame(known.process, process) ? known.process : process,
      ours: parents.descends(pid, this.#ownPid),
    };
    this.#known.set(pid, next);
    return next;
  }

  #isDue({ firstScan, readScan }: Known): boolean {
    if (readScan === this.#scan || this.#reread >= mostReread) return false;
    return this.#scan - firstScan < young || this.#scan - readScan > stale;
  }
}

function isSame(a: ServerProcess | null, b: ServerProcess | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
