/** Socket inode → owning process, by the links in /proc/<pid>/fd. */
import { readParent } from "./process.ts";
import { listProcDirectory, readProcLink } from "./proc-files.ts";

/** Where a socket is held open. */
export interface Holder {
  readonly pid: number;
  readonly fd: string;
}

/** A process with more open files is not walked to its end. */
const mostFiles = 100_000;

/** Remembers between walks only what makes the next one short. */
export class SocketOwners {
  readonly #root: string;
  /** Processes of other users, which stay closed to us. */
  #denied = new Set<number>();
  /** Processes of the walk before. */
  #seen = new Set<number>();

  /** `root` is where procfs is mounted. */
  constructor(root: string) {
    this.#root = root;
  }

  /** True while the process still holds this very socket. */
  holds(holder: Holder, inode: string): boolean {
    return readProcLink(`${this.#root}/${holder.pid}/fd/${holder.fd}`) === `socket:[${inode}]`;
  }

  /**
   * Finds who holds each inode; the unfindable (kernel sockets, other users' processes) are missing in the answer.
   * Walks new processes first, then `likely` ones, then the rest from young to old, and stops when all are found.
   */
  find(inodes: ReadonlySet<string>, likely: Iterable<number>): Map<string, Holder> {
    const found = new Map<string, Holder>();
    const wanted = new Set([...inodes].map((inode) => `socket:[${inode}]`));
    const pids = this.#pids();
    for (const pid of this.#order(pids, likely)) {
      if (wanted.size === 0) break;
      this.#walk(pid, wanted, found);
    }
    this.#seen = pids;
    return found;
  }

  #pids(): Set<number> {
    const names = listProcDirectory(this.#root);
    const pids = new Set<number>();
    if (names === null || names === "denied") return pids;
    for (const name of names) if (/^[1-9]\d{0,9}$/.test(name)) pids.add(Number(name));
    for (const pid of this.#denied) if (!pids.has(pid)) this.#denied.delete(pid);
    return pids;
  }

  #order(pids: ReadonlySet<number>, likely: Iterable<number>): Set<number> {
    const youngFirst = [...pids].toSorted((a, b) => b - a);
    const fresh = youngFirst.filter((pid) => !this.#seen.has(pid));
    return new Set([...fresh, ...[...likely].filter((pid) => pids.has(pid)), ...youngFirst]);
  }

  #walk(pid: number, wanted: Set<string>, found: Map<string, Holder>): void {
    if (this.#denied.has(pid)) return;
    const directory = `${this.#root}/${pid}/fd`;
    const files = listProcDirectory(directory);
    if (files === "denied") this.#denied.add(pid);
    if (files === null || files === "denied") return;
    for (const fd of files.slice(0, mostFiles)) {
      const link = readProcLink(`${directory}/${fd}`);
      if (link === null || !wanted.delete(link)) continue;
      const inode = link.slice("socket:[".length, -1);
      found.set(inode, this.#origin({ pid, fd }, inode));
      if (wanted.size === 0) return;
    }
  }

  /**
   * A forked worker inherits its parent's socket under the same number: the server is the parent (nginx, apache).
   * A socket passed in by systemd has another number there, so the service stays the owner.
   */
  #origin(holder: Holder, inode: string): Holder {
    let origin = holder;
    for (let steps = 0; steps < 16; steps += 1) {
      const parent = readParent(this.#root, origin.pid);
      if (parent === null || parent <= 1) break;
      const inherited = { pid: parent, fd: holder.fd };
      if (!this.holds(inherited, inode)) break;
      origin = inherited;
    }
    return origin;
  }
}
