/** Which of the processes that share a socket is the server. */
import { listProcDirectory, readProcLink } from "./proc-files.ts";
import type { ProcessStats } from "./process-stats.ts";

/** Where a socket is held open. */
export interface Holder {
  readonly pid: number;
  readonly fd: string;
}

/**
 * Standard output and error: a listener stands there only where the program had closed them, so they are walked last.
 * One that was passed as standard input (inetd, FastCGI) is found among the others.
 */
export const outputs: ReadonlySet<string> = new Set(["1", "2"]);

/**
 * A forked worker inherits its parent's socket under the same number: the server is the parent (nginx, apache).
 * A socket passed in by systemd has another number there, so the service stays the owner. For the time of one search.
 */
export class SocketOrigins {
  readonly #root: string;
  readonly #stats: ProcessStats;
  /** Links of the wanted sockets of each process that was walked to its end, by descriptor; those of `outputs` miss. */
  readonly #held = new Map<number, ReadonlyMap<string, string>>();
  /**
   * Open files of other parents, with their links once read: many children may ask for the same one, and one that is
   * not there costs five times more to ask for than one that is.
   */
  readonly #links = new Map<number, Map<string, string | null>>();

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
    const held = outputs.has(fd) ? undefined : this.#held.get(pid);
    return (held ? held.get(fd) : this.#linkOf(pid, fd)) === link;
  }

  #linkOf(pid: number, fd: string): string | null {
    const links = this.#linksOf(pid);
    let link = links.get(fd) ?? null;
    if (link === null && links.has(fd)) {
      link = readProcLink(`${this.#root}/${pid}/fd/${fd}`);
      links.set(fd, link);
    }
    return link;
  }

  #linksOf(pid: number): Map<string, string | null> {
    let links = this.#links.get(pid);
    if (links === undefined) {
      const names = listProcDirectory(`${this.#root}/${pid}/fd`);
      const files = names === null || names === "denied" ? [] : names;
      links = new Map(files.map((fd) => [fd, null]));
      this.#links.set(pid, links);
    }
    return links;
  }
}
