/** Socket inode → owning process, by the links in /proc/<pid>/fd. */
import { countProcFiles, listProcDirectory, readProcLink } from "./proc-files.ts";
import type { ProcessStats } from "./process-stats.ts";
import { type Holder, SocketOrigins, outputs } from "./socket-origins.ts";
import type { TimeSlices } from "./time-slices.ts";

/** A process with more open files is not walked to its end. */
const mostFiles = 100_000;

/** Number of open files that no process has. */
const unlike = -1;

/** What one call of `find` looks for. */
interface Search {
  /** Links of all inodes asked for, and of those not found yet. */
  readonly wanted: ReadonlySet<string>;
  readonly missing: Set<string>;
  /** Who was met first. */
  readonly holders: Map<string, Holder>;
  /** Files of each process that are looked at last. */
  readonly left: Map<number, readonly string[]>;
  readonly origins: SocketOrigins;
}

/** Remembers between walks only what makes the next one short. */
export class SocketOwners {
  readonly #root: string;
  /** Processes of other users, which stay closed to us. */
  #denied = new Set<number>();
  /** Processes of the walk before. */
  #seen = new Set<number>();
  /** Open files of a process when it was walked last. */
  readonly #counts = new Map<number, number>();

  /** `root` is where procfs is mounted. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Processes that were met and whose files are closed to us. */
  get closed(): ReadonlySet<number> {
    return this.#denied;
  }

  /** True while the process still holds this very socket. */
  holds({ pid, fd }: Holder, inode: string): boolean {
    const holds = readProcLink(`${this.#root}/${pid}/fd/${fd}`) === socketLink(inode);
    // With another socket in place of this one it has as many as before.
    if (!holds && this.#counts.has(pid)) this.#counts.set(pid, unlike);
    return holds;
  }

  /**
   * Finds who holds each inode; the unfindable (kernel sockets, other users' processes) are missing in the answer.
   * Walks new processes first, then those that opened or closed files, then `likely` ones, then the rest from young
   * to old, and stops when all are found.
   */
  async find(
    inodes: ReadonlySet<string>,
    likely: Iterable<number>,
    stats: ProcessStats,
    slices: TimeSlices,
  ): Promise<Map<string, Holder>> {
    const wanted = new Set([...inodes].map(socketLink));
    const origins = new SocketOrigins(this.#root, stats);
    const search = {
      wanted,
      missing: new Set(wanted),
      holders: new Map<string, Holder>(),
      left: new Map<number, readonly string[]>(),
      origins,
    };
    const pids = this.#pids();
    const walked = new Set<number>();
    for (const pid of this.#order(pids, likely)) {
      if (walked.has(pid) || this.#denied.has(pid)) continue;
      walked.add(pid);
      this.#walk(pid, search);
      // Before the next one is asked for, which may cost a look at all the others.
      if (search.missing.size === 0) break;
      if (slices.over) await slices.pause();
    }
    for (const [pid, files] of search.left) {
      if (search.missing.size === 0) break;
      this.#take(pid, files, search);
      if (slices.over) await slices.pause();
    }
    this.#seen = pids;
    const found = new Map<string, Holder>();
    for (const [link, holder] of search.holders) {
      found.set(link.slice("socket:[".length, -1), origins.trace(holder, link));
      if (slices.over) await slices.pause();
    }
    return found;
  }

  #pids(): Set<number> {
    const names = listProcDirectory(this.#root);
    const pids = new Set<number>();
    if (names === null || names === "denied") return pids;
    for (const name of names) if (/^[1-9]\d{0,9}$/.test(name)) pids.add(Number(name));
    for (const pid of this.#denied) if (!pids.has(pid)) this.#denied.delete(pid);
    for (const pid of this.#counts.keys()) if (!pids.has(pid)) this.#counts.delete(pid);
    return pids;
  }

  /** May name a process twice. */
  *#order(pids: ReadonlySet<number>, likely: Iterable<number>): Generator<number> {
    const youngFirst = [...pids].toSorted((a, b) => b - a);
    for (const pid of youngFirst) if (!this.#seen.has(pid)) yield pid;
    for (const pid of youngFirst) {
      const before = this.#counts.get(pid);
      if (before === undefined) continue;
      const count = countProcFiles(`${this.#root}/${pid}/fd`);
      if (count !== null && count !== before) yield pid;
    }
    for (const pid of likely) if (pids.has(pid)) yield pid;
    yield* youngFirst;
  }

  /** Takes the wanted sockets that the process holds, but for those that are looked at last. */
  #walk(pid: number, search: Search): void {
    const files = listProcDirectory(`${this.#root}/${pid}/fd`);
    if (files === "denied") this.#denied.add(pid);
    if (files === null || files === "denied") return;
    const known = this.#counts.has(pid);
    // Our own files were listed with the one that lists them.
    this.#counts.set(pid, pid === process.pid ? files.length - 1 : files.length);
    const { first, last } = inOrder(files);
    search.left.set(pid, last);
    // What was opened since the walk before has the highest numbers.
    const held = this.#take(pid, known ? first.toReversed() : first, search);
    if (held !== null && files.length <= mostFiles) search.origins.walked(pid, held);
  }

  /** Takes the wanted sockets among these files and answers their links; null when it ended with the last one missing. */
  #take(
    pid: number,
    files: readonly string[],
    { wanted, missing, holders }: Search,
  ): Map<string, string> | null {
    const directory = `${this.#root}/${pid}/fd`;
    const held = new Map<string, string>();
    for (const fd of files) {
      const link = readProcLink(`${directory}/${fd}`);
      if (link === null || !wanted.has(link)) continue;
      held.set(fd, link);
      if (!missing.delete(link)) continue;
      holders.set(link, { pid, fd });
      if (missing.size === 0) return null;
    }
    return held;
  }
}

/** A server opens its listeners before its connections. */
function inOrder(files: readonly string[]): { first: string[]; last: string[] } {
  const first = files.filter((fd) => !outputs.has(fd)).toSorted((a, b) => Number(a) - Number(b));
  return { first: first.slice(0, mostFiles), last: files.filter((fd) => outputs.has(fd)) };
}

function socketLink(inode: string): string {
  return `socket:[${inode}]`;
}
