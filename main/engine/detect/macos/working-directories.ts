/** `lsof -a -d cwd -p …`: where processes run; of other users' processes only root is told. */
import { readPid } from "../pid.ts";
import { unescapeLsof } from "./lsof.ts";

/** More processes than that do not listen on one PC; the command line has an end. */
const mostProcesses = 500;
const longestPath = 1024;

/** With `-d`, `-i` alone would list no sockets: this has to be a run of its own. */
export function directoryArguments(pids: Iterable<number>): readonly string[] {
  const list = [...new Set(pids)].slice(0, mostProcesses).join(",");
  return ["-nP", "-w", "-a", "-d", "cwd", "-F", "pfn", "-p", list];
}

/** Absolute paths by pid; what does not look like one is skipped. */
export function parseDirectories(text: string): ReadonlyMap<number, string> {
  const directories = new Map<number, string>();
  let pid: number | null = null;
  let isDirectory = false;
  for (const line of text.split("\n")) {
    const value = line.slice(1);
    if (line.startsWith("p")) pid = readPid(value);
    else if (line.startsWith("f")) isDirectory = value === "cwd";
    else if (line.startsWith("n/") && isDirectory && pid !== null)
      directories.set(pid, unescapeLsof(value).slice(0, longestPath));
  }
  return directories;
}
