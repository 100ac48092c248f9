/** Which of the processes that share a socket is the server. */
import { listProcDirectory, readProcLink } from "./proc-files.ts";
import type { ProcessStats } from "./process-stats.ts";

/** Where a socket is held open. */
export interface Holder {
  readonly pid: number;
  readonly fd: string;
}

/**
 * A forked worker inherits its parent's socket under the same number: the server is the parent (nginx, apache).
 * A socket passed in by systemd has another number there, so the service stays the owner. For the time of one search.
 */
export class SocketOrigins {
  readonly #root: string;
  readonly #stats: ProcessStats;
  /** Links of the wanted sockets of each process that was walked to its end, by descriptor. */
  readonly #held = new Map<number, ReadonlyMap<string, string>>();
  /** Open files of other parents: a link that is not there costs five times more to ask for than one that is. */
  readonly #files = new Map<number, ReadonlySet<string>>();

  constructor(root: string, stats: ProcessStats) {
    this.#root = root;
    this.#stats = stats;
  }

  /** Spares later reads in that process. */
  walked(pid: number, held: ReadonlyMap<string, string>): void {
    this.#held.set(pid, held);
  }

  /** The oldest ancestor that holds the socket `link` under the same number, without a gap. */
  trace(holder: Holder, link: string): Holder {
    let origin = holder;
    for (let steps = 0; steps < 16; steps += 1) {
      const pid = this.#stats.of(origin.pid)?.parent ?? 0;
      if (pid <= 1 || !this.#holds(pid, holder.fd, link)) break;
      origin = { pid, fd: holder.fd };
    }
    return origin;
  }

  #holds(pid: number, fd: string, link: string): boolean {
    const held = this.#held.get(pid);
    if (held) return held.get(fd) === link;
    return this.#filesOf(pid).has(fd) && readProcLink(`${this.#root}/${pid}/fd/${fd}`) === link;
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
