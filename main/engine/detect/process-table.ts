/** All processes of the system as one listing shows them. */
import type { ServerProcess } from "../../../shared/snapshot.ts";
import { identifyProgram, splitCommandLine } from "./program.ts";

export interface ListedProcess extends ServerProcess {
  readonly parent: number;
  /** Start in any unit that grows with time; null where the listing has none. */
  readonly started: number | null;
}

export type ProcessTable = ReadonlyMap<number, ListedProcess>;

/** Longer command lines are cut: nothing behind tells servers apart. */
export const commandLineLimit = 4096;

/** True for `ancestor` itself and all it started. */
export function startedBy(table: ProcessTable, pid: number, ancestor: number): boolean {
  let at = pid;
  for (let steps = 0; steps < 64; steps += 1) {
    if (at === ancestor) return true;
    const child = table.get(at);
    const parent = child && table.get(child.parent);
    if (!parent || parent.pid === at) return false;
    // Windows keeps the number of a parent that ended, which another process may have by now.
    if (child.started !== null && parent.started !== null && parent.started > child.started)
      return false;
    at = parent.pid;
  }
  return false;
}

/** A Windows process as the snapshot shows it; named by its number when the system does not tell more. */
export function toServerProcess(table: ProcessTable, pid: number): ServerProcess {
  const { name, commandLine, executable } = table.get(pid) ?? {
    name: `pid ${pid}`,
    commandLine: "",
  };
  const program = identifyProgram(name, splitCommandLine(commandLine), false);
  return {
    pid,
    name,
    commandLine,
    ...(executable !== undefined && { executable }),
    ...(program !== null && { program }),
  };
}
