/** `ps -axww -o pid=,ppid=,command=`: parents and whole command lines. */
import { plainText } from "../plain-text.ts";
import { type ListedProcess, type ProcessTable, commandLineLimit } from "../process-table.ts";

export const psArguments = ["-axww", "-o", "pid=,ppid=,command="] as const;

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
