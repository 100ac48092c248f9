/** What is known of the program that listens, in the terms in which clues ask. */
import type { ServerProcess } from "../../../shared/snapshot.ts";
import type { Clue } from "../../../shared/services/schema.ts";
import { baseName } from "../detect/plain-text.ts";
import { identifyProgram, splitCommandLine } from "../detect/program.ts";

type Runtime = NonNullable<Clue["runtime"]>;

export interface Identity {
  /** Of the program's file and the process: lower case, without `.exe` or `.dll`. */
  readonly names: readonly string[];
  readonly runtime: Runtime | null;
  /** What the interpreter runs; null where its arguments do not say. */
  readonly program: string | null;
  readonly commandLine: string;
  /** Of the program's file and its working directory. */
  readonly paths: readonly string[];
  /** True where the program that really serves cannot be seen: another user's, in a container, behind a proxy. */
  readonly hidden: boolean;
  /** True where it starts only when a visitor comes. */
  readonly sleeping?: boolean;
}

const nobody: Identity = {
  names: [],
  runtime: null,
  program: null,
  commandLine: "",
  paths: [],
  hidden: true,
};

/** They hold sockets for programs that do not run yet. */
const activators =
  /^(systemd|systemd-socket-activate|launchd|inetd|xinetd|(inetutils|openbsd|rlinetd)-inetd)$/;

const runtimes: readonly (readonly [Runtime, RegExp])[] = [
  ["java", /^javaw?$/],
  ["node", /^(node|nodejs|bun|deno)$/],
  ["python", /^(python|pypy)[\d.]*t?w?$/],
  ["dotnet", /^(dotnet|mono|mono-sgen)$/],
  ["php", /^php[\d.]*(-cgi|-cli)?$/],
];

export function identify(process: ServerProcess | null): Identity {
  if (process === null) return nobody;
  const { name, executable, workingDirectory, program, commandLine } = process;
  switch (program?.kind) {
    case "container":
    case "wsl":
      // The listener itself may be what is asked about, such as a container engine's own interface.
      return { ...nobody, names: distinct([stem(executable ?? ""), stem(name)]) };
    case "proxy":
      return program.commandLine === undefined ? nobody : fromCommandLine(program.commandLine);
    case "wine":
      return {
        names: [stem(program.name)],
        runtime: null,
        program: null,
        commandLine,
        paths: [windowsPath(commandLine), workingDirectory ?? ""],
        hidden: false,
      };
    default: {
      const names = [stem((executable ?? "").replace(/ \(deleted\)$/, "")), stem(name)];
      // It may be known itself, on some of its ports.
      if (names.some((one) => activators.test(one)))
        return { ...nobody, names: distinct(names), sleeping: true };
      if (program?.kind === "dotnet") names.push(stem(program.name));
      return {
        names: distinct(names),
        runtime: runtimeOf(names),
        program: program?.name ?? null,
        commandLine,
        paths: [executable ?? "", workingDirectory ?? ""].filter(Boolean),
        hidden: false,
      };
    }
  }
}

/** The Windows program's own path, which may hold spaces; else the first word. */
function windowsPath(commandLine: string): string {
  return (
    /(?:^|\s)([a-z]:\\.*?\.exe)(?=\s|$)/i.exec(commandLine)?.[1] ??
    splitCommandLine(commandLine)[0] ??
    ""
  );
}

/** The process behind a proxy, of which only the command line is known. */
function fromCommandLine(commandLine: string): Identity {
  const args = splitCommandLine(commandLine);
  const first = args[0] ?? "";
  const program = identifyProgram(baseName(first), args);
  const names = [stem(program?.kind === "wine" ? program.name : first)];
  if (program?.kind === "dotnet") names.push(stem(program.name));
  return {
    names: distinct(names),
    runtime: runtimeOf(names),
    program: program?.name ?? null,
    commandLine,
    paths: [first],
    hidden: false,
  };
}

function runtimeOf(names: readonly string[]): Runtime | null {
  return runtimes.find(([, pattern]) => names.some((name) => pattern.test(name)))?.[0] ?? null;
}

/** A file's name as clues spell it. */
export function stem(path: string): string {
  return baseName(path)
    .toLowerCase()
    .replace(/\.(exe|dll)$/, "");
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter(Boolean))];
}
