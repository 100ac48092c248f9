/** The program behind an interpreter, a compatibility layer or a port proxy, told from its arguments. */
import type { Program } from "../../../shared/snapshot.ts";
import { identifyForwarder } from "./forwarders.ts";
import { baseName } from "./plain-text.ts";

interface Interpreter {
  readonly kind: Program["kind"];
  readonly names: RegExp;
  /** Options that take the next argument. */
  readonly valued: RegExp;
  /** Options whose value is the program; the first group is the value where it follows without a space. */
  readonly program: RegExp;
  /** Arguments after which no program is named, such as program text. */
  readonly inline: RegExp;
  /** Files of further arguments, which may name the program. */
  readonly more: RegExp;
  /** Verbs before the program. */
  readonly verb: RegExp;
}

const never = /(?!)/;

const interpreters: readonly Interpreter[] = [
  {
    kind: "java",
    names: /^javaw?$/,
    valued:
      /^(-cp|-classpath|--class-path|-p|--module-path|--add-(modules|opens|exports|reads)|--upgrade-module-path)$/,
    program: /^(?:-jar|-m|--module)$/,
    inline: never,
    // Forge starts so.
    more: /^@/,
    verb: never,
  },
  {
    kind: "node",
    names: /^(node|nodejs|bun|deno)$/,
    valued:
      /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--title|--watch-path|--disable-warning)$/,
    program: never,
    inline: /^(-e|--eval|-p|--print|-pe)$/,
    more: never,
    verb: /^run$/,
  },
  {
    kind: "python",
    names: /^(python|pypy)[\d.]*t?w?$/,
    valued: /^(-W|-X|--check-hash-based-pycs)$/,
    // Other switches may stand before it in the same word.
    program: /^-[bBdEiIOPqsSuvx]*m(.*)$/,
    inline: /^-[bBdEiIOPqsSuvx]*c/,
    more: never,
    verb: never,
  },
  {
    kind: "dotnet",
    names: /^(dotnet|mono|mono-sgen)$/,
    valued:
      /^(--additionalprobingpath|--additional-deps|--depsfile|--runtimeconfig|--fx-version|--roll-forward)$/,
    program: never,
    inline: /^(run|watch|build|test)$/,
    more: never,
    verb: /^exec$/,
  },
];

/**
 * Null where the process is the program itself. `name` is the process's, `args` starts with its own path,
 * `executable` is its file. `wine` is false on Windows, where each program is a Windows program.
 */
export function identifyProgram(
  name: string,
  args: readonly string[],
  wine = true,
  executable = "",
): Program | null {
  const own = stem(name);
  const first = stem(args[0] ?? "");
  const forwarder = identifyForwarder(own, first, args);
  if (forwarder) return forwarder;
  const windows = wine ? wineProgram([own, stem(executable)], args) : null;
  if (windows !== null) return { kind: "wine", name: windows };
  const interpreter = interpreters.find(({ names }) => names.test(own) || names.test(first));
  const script = interpreter && findScript(interpreter, wholeTitle(interpreter, args));
  return interpreter && script ? { kind: interpreter.kind, name: script } : null;
}

function stem(path: string): string {
  return baseName(path)
    .toLowerCase()
    .replace(/\.exe$/, "");
}

/** Node's `process.title` takes the place of all arguments: pm2 writes `node /srv/app.js`. */
function wholeTitle(interpreter: Interpreter, args: readonly string[]): readonly string[] {
  const words = args.length === 1 ? splitCommandLine(args[0] ?? "") : args;
  return interpreter.names.test(stem(words[0] ?? "")) ? words : args;
}

function findScript(interpreter: Interpreter, args: readonly string[]): string | null {
  let maybeNamed = false;
  for (let at = 1; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (interpreter.inline.test(arg)) return null;
    if (interpreter.verb.test(arg)) continue;
    const option = interpreter.program.exec(arg);
    if (option) return shortName(option[1] || (args[at + 1] ?? ""));
    if (interpreter.more.test(arg)) maybeNamed = true;
    else if (interpreter.valued.test(arg)) at += 1;
    // What follows a program that a file names is for that program.
    else if (!arg.startsWith("-")) return maybeNamed ? null : shortName(arg);
  }
  return null;
}

/** A path's last part; of a java module `module/package.Class` the class. */
function shortName(path: string): string | null {
  return baseName(path).slice(0, 200) || null;
}

/** wine runs a Windows program under its own name, or as an argument of the loader. */
function wineProgram(names: readonly string[], args: readonly string[]): string | null {
  const first = args[0] ?? "";
  // A drive letter in a Linux process: the loader put the Windows path there.
  const drive = /^[a-z]:\\.+\.exe$/i;
  if (drive.test(first)) return baseName(first);
  const isLoader = names.some((name) => /^wine(64)?(-preloader|server)?$|^proton$/.test(name));
  const program = isLoader ? args.find((arg) => /\.exe$/i.test(arg)) : undefined;
  return program === undefined ? null : baseName(program);
}

/** Splits a command line where only the text of it is known (macOS, Windows): quotes group, nothing else is special. */
export function splitCommandLine(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
