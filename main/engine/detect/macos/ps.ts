/** `ps` of macOS: parents and whole command lines, and in a run of its own the executables. */
import { plainText } from "../plain-text.ts";
import { type ListedProcess, type ProcessTable, commandLineLimit } from "../process-table.ts";

export const psArguments = ["-axww", "-o", "pid=,ppid=,command="] as const;

/** `comm` is the whole path on macOS, with spaces in it: it has to stand last in a row, as the command line does. */
export const executableArguments = ["-axww", "-o", "pid=,comm="] as const;

const longestPath = 1024;

/** Names are left empty: lsof knows them, and a path in a command line may hold spaces. */
export function parsePs(text: string): ProcessTable {
  const table = new Map<number, ListedProcess>();
  for (const line of text.split("\n")) {
    const [, pid, parent, command] = /^\s*(\d{1,10})\s+(\d{1,10})\s+(.*)$/.exec(line) ?? [];
    if (!pid || !parent || command === undefined) continue;
    table.set(Number(pid), {
      pid: Number(pid),
      parent: Number(parent),
      name: "",
      commandLine: plainText(command.slice(0, commandLineLimit)),
      started: null,
    });
  }
  return table;
}

/** Absolute paths by pid: a login shell, say, calls itself `-zsh`. */
export function parseExecutables(text: string): ReadonlyMap<number, string> {
  const executables = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [, pid, path] = /^\s*(\d{1,10})\s+(\/.*)$/.exec(line) ?? [];
    if (pid && path) executables.set(Number(pid), plainText(path.slice(0, longestPath)));
  }
  return executables;
}
