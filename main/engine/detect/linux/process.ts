/** Who a process is: /proc/<pid>/{comm,exe,cmdline,stat}. Contents are the process's own words, so hostile. */
import type { ServerProcess } from "../../../../shared/snapshot.ts";
import { baseName, plainText } from "../plain-text.ts";
import { commandLineLimit } from "../process-table.ts";
import { readProcFile, readProcLink } from "./proc-files.ts";

/** Null when the process is gone. */
export function readProcess(root: string, pid: number): ServerProcess | null {
  const base = `${root}/${pid}`;
  const comm = readProcFile(`${base}/comm`, 64);
  const cmdline = readProcFile(`${base}/cmdline`, commandLineLimit);
  if (comm === null || cmdline === null) return null;
  const args = parseArguments(cmdline);
  const executable = readProcLink(`${base}/exe`);
  return {
    pid,
    name: processName(plainText(comm.replace(/\n$/, "")), executable, args),
    commandLine: args.join(" "),
  };
}

/** The arguments of a NUL-separated cmdline; a program that rewrote its title (nginx, sshd) leaves one. */
export function parseArguments(cmdline: string): string[] {
  return cmdline.replace(/\0+$/, "").split("\0").map(plainText);
}

/**
 * The program's name. The kernel cuts `comm` at 15 bytes and programs rename their main thread at will
 * (DayZ is `enfMain` there), so it counts only where it agrees with the executable or the arguments.
 */
export function processName(
  comm: string,
  executable: string | null,
  args: readonly string[],
): string {
  const file =
    executable === null ? "" : baseName(plainText(executable).replace(/ \(deleted\)$/, ""));
  const known = [file, ...args.slice(0, 3).map(baseName)].find(
    (name) => name === comm || (comm.length >= 15 && name.startsWith(comm)),
  );
  return known ?? (file === "" ? comm : file);
}

/** Parent's pid; null when the process is gone. `comm` may hold spaces and parentheses: fields count from the last one. */
export function readParent(root: string, pid: number): number | null {
  const stat = readProcFile(`${root}/${pid}/stat`, 1024);
  const parent = stat?.slice(stat.lastIndexOf(")") + 1).match(/^ \S (\d+) /)?.[1];
  return parent === undefined ? null : Number(parent);
}

/** True for `ancestor` itself and all it started. */
export function descendsFrom(root: string, pid: number, ancestor: number): boolean {
  let at: number | null = pid;
  // A bound, since the chain is read while processes come and go.
  for (let steps = 0; at !== null && at > 0 && steps < 64; steps += 1) {
    if (at === ancestor) return true;
    at = readParent(root, at);
  }
  return false;
}
