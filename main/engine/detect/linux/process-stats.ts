/** /proc/<pid>/stat (proc_pid_stat(5)): the name and the parent of a process in one read. */
import { readProcValue } from "./proc-files.ts";

export interface ProcessStat {
  /** Bytes as latin1; at most 15 of a user's process. */
  readonly comm: string;
  readonly parent: number;
}

/** Each process asked for once: for the time of one scan. */
export class ProcessStats {
  readonly #root: string;
  readonly #known = new Map<number, ProcessStat | null>();

  /** `root` is where procfs is mounted. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Null when the process is gone. */
  of(pid: number): ProcessStat | null {
    let stat = this.#known.get(pid);
    if (stat === undefined) {
      stat = parseStat(readProcValue(`${this.#root}/${pid}/stat`, 1024) ?? "");
      this.#known.set(pid, stat);
    }
    return stat;
  }

  /** True for `ancestor` itself and all it started. */
  descends(pid: number, ancestor: number): boolean {
    let at = pid;
    // A bound, since the chain is read while processes come and go.
    for (let steps = 0; at > 0 && steps < 64; steps += 1) {
      if (at === ancestor) return true;
      at = this.of(at)?.parent ?? 0;
    }
    return false;
  }
}

/** `comm` may hold spaces and parentheses: it ends at the last one. */
function parseStat(text: string): ProcessStat | null {
  const end = text.lastIndexOf(")");
  const parent = /^ \S (\d+) /.exec(text.slice(end + 1))?.[1];
  return parent === undefined
    ? null
    : { comm: text.slice(text.indexOf("(") + 1, end), parent: Number(parent) };
}
