/** Servers as detection tells them, from a command line. */
import type { Program, Server, ServerProcess } from "../../../shared/snapshot.ts";
import { baseName } from "../detect/plain-text.ts";
import { identifyProgram, splitCommandLine } from "../detect/program.ts";

export interface ProcessParts {
  readonly pid?: number;
  /** Absent for a path that is the first argument. */
  readonly executable?: string;
  readonly directory?: string;
  readonly container?: string;
  readonly program?: Program;
}

export function processOf(commandLine: string, parts: ProcessParts = {}): ServerProcess {
  const args = splitCommandLine(commandLine);
  const first = args[0] ?? "";
  const executable = parts.executable ?? (/^([A-Za-z]:)?[/\\]/.test(first) ? first : undefined);
  const name = baseName(executable ?? first);
  const program = parts.program ?? identifyProgram(name, args, !name.endsWith(".exe"));
  return {
    pid: parts.pid ?? 4242,
    name,
    commandLine,
    ...(executable !== undefined && { executable }),
    ...(parts.directory !== undefined && { workingDirectory: parts.directory }),
    ...(parts.container !== undefined && { container: parts.container }),
    ...(program !== null && { program }),
  };
}

/** `socket` is e.g. `tcp/25565`; bound to all addresses. */
export function serverOn(socket: string, process: ServerProcess | null): Server {
  const [transport, digits] = socket.split("/");
  const port = Number(digits);
  return {
    transport: transport === "udp" ? "udp" : "tcp",
    port,
    addresses: ["0.0.0.0"],
    scope: "network",
    bind: { kind: "all", interfaces: [] },
    process,
    ephemeral: transport === "udp" && port >= 49_152,
  };
}
