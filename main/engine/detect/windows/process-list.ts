/** Processes of Windows from CIM (Win32_Process) through PowerShell 5.1, which every Windows 10 and 11 has. */
import { z } from "zod";
import { oneLine } from "../plain-text.ts";
import { type ListedProcess, type ProcessTable, commandLineLimit } from "../process-table.ts";

/** No double quotes inside: the command line is parsed twice. */
const script = [
  "$ErrorActionPreference = 'Stop'",
  "[Console]::OutputEncoding = [Text.Encoding]::UTF8",
  "Get-CimInstance Win32_Process | Select-Object ProcessId, ParentProcessId, Name, ExecutablePath, CommandLine, @{ n = 'Started'; e = { $_.CreationDate.Ticks } } | ConvertTo-Json -Compress",
].join("; ");

export const powershellArguments = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", script];

const text = z.string().nullish();
const row = z.object({
  ProcessId: z.int().nonnegative(),
  ParentProcessId: z.int().nonnegative().nullish(),
  Name: text,
  ExecutablePath: text,
  CommandLine: text,
  Started: z.number().nullish(),
});

/**
 * The JSON of `powershellArguments` (bytes as latin1). Path and command line are null for processes of others.
 * Throws a SyntaxError when it is no JSON; rows of another shape are skipped.
 */
export function parseProcessList(bytes: string): ProcessTable {
  const json: unknown = JSON.parse(
    Buffer.from(bytes, "latin1")
      .toString("utf8")
      .replace(/^\uFEFF/, ""),
  );
  const table = new Map<number, ListedProcess>();
  // A single process would not come as a list.
  for (const item of Array.isArray(json) ? (json as unknown[]) : [json]) {
    const { success, data } = row.safeParse(item);
    if (!success) continue;
    const commandLine = data.CommandLine ?? data.ExecutablePath ?? "";
    table.set(data.ProcessId, {
      pid: data.ProcessId,
      parent: data.ParentProcessId ?? 0,
      name: oneLine(data.Name ?? "").slice(0, 260) || `pid ${data.ProcessId}`,
      commandLine: oneLine(commandLine.slice(0, commandLineLimit)),
      ...(data.ExecutablePath && { executable: oneLine(data.ExecutablePath.slice(0, 1024)) }),
      started: data.Started ?? null,
    });
  }
  return table;
}
