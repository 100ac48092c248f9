/** Who a process is: /proc/<pid>/{stat,exe,cwd,cmdline,cgroup}. Contents are the process's own words, so hostile. */
import type { Program, ServerProcess } from "../../../../shared/snapshot.ts";
import { baseName, oneLine, plainText } from "../plain-text.ts";
import { commandLineLimit } from "../process-table.ts";
import { identifyProgram } from "../program.ts";
import { findBehindProxy } from "./behind-proxy.ts";
import type { ProcessStats } from "./process-stats.ts";
import { readProcValue, readProcLink } from "./proc-files.ts";

/** Null when the process is gone. A proxy behind a proxy is not followed: two could point at each other. */
export function readProcess(
  root: string,
  pid: number,
  stats: ProcessStats,
  follow = true,
): ServerProcess | null {
  const base = `${root}/${pid}`;
  const comm = stats.of(pid)?.comm;
  const cmdline = readProcValue(`${base}/cmdline`, commandLineLimit);
  if (comm === undefined || cmdline === null) return null;
  const args = parseArguments(cmdline);
  const executable = readPath(`${base}/exe`);
  const workingDirectory = readPath(`${base}/cwd`);
  const container = parseContainer(readProcValue(`${base}/cgroup`, 4096) ?? "");
  const name = processName(plainText(comm), executable, args);
  const program = identifyProgram(name, args, true, executable ?? "");
  return {
    pid,
    name,
    commandLine: args.join(" "),
    ...(executable !== null && { executable }),
    ...(workingDirectory !== null && { workingDirectory }),
    ...(container !== null && { container }),
    ...(program !== null && { program: follow ? behind(root, program, stats) : program }),
  };
}

/** A proxy is named after what it leads to, where that can be seen. */
function behind(root: string, program: Program, stats: ProcessStats): Program {
  const pid = program.target ? findBehindProxy(root, program.target) : null;
  if (pid === null) return program;
  const process = readProcess(root, pid, stats, false);
  if (process === null) return program;
  const name = process.program?.name ?? process.name;
  return { ...program, name, commandLine: process.commandLine };
}

function readPath(link: string): string | null {
  const path = readProcLink(link);
  return path === null ? null : oneLine(path);
}

/** The id that Docker, Podman, containerd or CRI-O gave the control group, cut to its usual 12 digits. */
function parseContainer(cgroup: string): string | null {
  const [, id] =
    /(?:docker|libpod|containerd|crio|lxc|kubepods)[^\n]*?[/:-]([0-9a-f]{12})[0-9a-f]{52}(?![0-9a-f])/.exec(
      cgroup,
    ) ?? [];
  return id ?? null;
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
  const file = executable === null ? "" : baseName(executable.replace(/ \(deleted\)$/, ""));
  const known = [file, ...args.slice(0, 3).map(baseName)].find(
    (name) => name === comm || (comm.length >= 15 && name.startsWith(comm)),
  );
  return known ?? (file === "" ? comm : file);
}
