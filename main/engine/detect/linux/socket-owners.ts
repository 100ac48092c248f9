/** Socket inode → owning process, by the links in /proc/<pid>/fd. */
import type { Parents } from "./process.ts";
import { countProcFiles, listProcDirectory, readProcLink } from "./proc-files.ts";

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
  /** Open files of a process when it was walked last. */
  readonly #counts = new Map<number, number>();

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
   * Walks new processes first, then those that opened or closed files, then `likely` ones, then the rest from young
   * to old, and stops when all are found.
   */
  find(
    inodes: ReadonlySet<string>,
    likely: Iterable<number>,
    parents: Parents,
  ): Map<string, Holder> {
    const found = new Map<string, Holder>();
    const wanted = new Set([...inodes].map((inode) => `socket:[${inode}]`));
    const pids = this.#pids();
    const origins = new Origins(this.#root, parents);
    const walked = new Set<number>();
    for (const pid of this.#order(pids, likely)) {
      if (wanted.size === 0) break;
      if (walked.has(pid) || this.#denied.has(pid)) continue;
      walked.add(pid);
      for (const [inode, fd] of this.#walk(pid, wanted)) {
        found.set(inode, origins.trace({ pid, fd }, inode));
      }
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

  /** Inode and descriptor of each wanted socket that the process holds; it is wanted no longer. */
  #walk(pid: number, wanted: Set<string>): [inode: string, fd: string][] {
    const directory = `${this.#root}/${pid}/fd`;
    const files = listProcDirectory(directory);
    const held: [string, string][] = [];
    if (files === "denied") this.#denied.add(pid);
    if (files === null || files === "denied") return held;
    this.#counts.set(pid, files.length);
    for (const fd of files.slice(0, mostFiles)) {
      const link = readProcLink(`${directory}/${fd}`);
      if (link === null || !wanted.delete(link)) continue;
      held.push([link.slice("socket:[".length, -1), fd]);
      if (wanted.size === 0) break;
    }
    return held;
  }
}

/**
 * A forked worker inherits its parent's socket under the same number: the server is the parent (nginx, apache).
 * A socket passed in by systemd has another number there, so the service stays the owner.
 */
class Origins {
  readonly #root: string;
  readonly #parents: Parents;
  /** Open files of parents: a link that is not there costs five times more to ask for than one that is. */
  readonly #files = new Map<number, ReadonlySet<string>>();

  constructor(root: string, parents: Parents) {
    this.#root = root;
    this.#parents = parents;
  }

  /** The oldest ancestor that holds the socket under the same number, without a gap. */
  trace(holder: Holder, inode: string): Holder {
    let origin = holder;
    for (let steps = 0; steps < 16; steps += 1) {
      const pid = this.#parents.of(origin.pid);
      if (pid === null || pid <= 1 || !this.#filesOf(pid).has(holder.fd)) break;
      const link = readProcLink(`${this.#root}/${pid}/fd/${holder.fd}`);
      if (link !== `socket:[${inode}]`) break;
      origin = { pid, fd: holder.fd };
    }
    return origin;
  }

  #filesOf(pid: number): ReadonlySet<string> {
    let files = this.#files.get(pid);
    if (files === undefined) {
      const names = listProcDirectory(`${this.#root}/${pid}/fd`);
      files = new Set(names === null || names === "denied" ? [] : names);
      this.#files.set(pid, files);
    }
    return files;
  }
}
