/** The program behind an interpreter, a compatibility layer or a port proxy, told from its arguments. */
import { isIP } from "node:net";
import type { Program } from "../../../shared/snapshot.ts";
import { baseName } from "./plain-text.ts";

interface Interpreter {
  readonly kind: Program["kind"];
  readonly names: RegExp;
  /** Options that take the next argument. */
  readonly valued: RegExp;
  /** Options whose value is the program. */
  readonly program: RegExp;
  /** Arguments after which no program is named, such as program text. */
  readonly inline: RegExp;
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
    program: /^(-jar|-m|--module)$/,
    // A file of arguments, which names the program: Forge starts so.
    inline: /^@/,
    verb: never,
  },
  {
    kind: "node",
    names: /^(node|nodejs|bun|deno)$/,
    valued:
      /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--title)$/,
    program: never,
    inline: /^(-e|--eval|-p|--print|-pe)$/,
    verb: /^run$/,
  },
  {
    kind: "python",
    names: /^(python|pypy)[\d.]*w?$/,
    valued: /^(-W|-X|--check-hash-based-pycs)$/,
    program: /^-m$/,
    inline: /^-c$/,
    verb: never,
  },
  {
    kind: "dotnet",
    names: /^(dotnet|mono|mono-sgen)$/,
    valued:
      /^(--additionalprobingpath|--additional-deps|--depsfile|--runtimeconfig|--fx-version|--roll-forward)$/,
    program: never,
    inline: /^(run|watch|build|test)$/,
    verb: /^exec$/,
  },
];

/** Programs that listen for others which cannot be seen from here. */
const backends = new Map<string, Program>([
  ["com.docker.backend", { kind: "container", name: "Docker Desktop" }],
  ["vpnkit", { kind: "container", name: "Docker Desktop" }],
  ["gvproxy", { kind: "container", name: "Podman machine" }],
  ["rootlessport", { kind: "container", name: "rootless container" }],
  ["wslrelay", { kind: "wsl", name: "WSL" }],
  ["wslhost", { kind: "wsl", name: "WSL" }],
]);

/**
 * Null where the process is the program itself. `name` is the process's, `args` starts with its own path.
 * `wine` is false on Windows, where each program is a Windows program.
 */
export function identifyProgram(
  name: string,
  args: readonly string[],
  wine = true,
): Program | null {
  const own = stem(name);
  const first = stem(args[0] ?? "");
  const backend = backends.get(own);
  if (backend) return backend;
  const target = proxyTarget(own, args);
  if (target) return { kind: "proxy", name: formatTarget(target), target };
  const windows = wine ? wineProgram(own, args) : null;
  if (windows !== null) return { kind: "wine", name: windows };
  const interpreter = interpreters.find(({ names }) => names.test(own) || names.test(first));
  const script = interpreter && findScript(interpreter, args);
  return interpreter && script ? { kind: interpreter.kind, name: script } : null;
}

function stem(path: string): string {
  return baseName(path)
    .toLowerCase()
    .replace(/\.exe$/, "");
}

function findScript(interpreter: Interpreter, args: readonly string[]): string | null {
  for (let at = 1; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (interpreter.inline.test(arg)) return null;
    if (interpreter.verb.test(arg)) continue;
    if (interpreter.program.test(arg)) return shortName(args[at + 1] ?? "");
    if (interpreter.valued.test(arg)) at += 1;
    else if (!arg.startsWith("-")) return shortName(arg);
  }
  return null;
}

/** A path's last part; of a java module `module/package.Class` the class. */
function shortName(path: string): string | null {
  return baseName(path).slice(0, 200) || null;
}

/** wine runs a Windows program under its own name, or as an argument of the loader. */
function wineProgram(own: string, args: readonly string[]): string | null {
  const first = args[0] ?? "";
  // A drive letter in a Linux process: the loader put the Windows path there.
  const loader = /^wine(64)?(-preloader|server)?$|^proton$/.test(own);
  const drive = /^[a-z]:\\.+\.exe$/i;
  if (drive.test(first)) return baseName(first);
  const program = loader ? args.slice(1).find((arg) => /\.exe$/i.test(arg)) : undefined;
  return program === undefined ? null : baseName(program);
}

export interface ProxyTarget {
  readonly address: string;
  readonly port: number;
}

/** docker-proxy (moby), socat and systemd-socket-proxyd name their target in their arguments. */
function proxyTarget(own: string, args: readonly string[]): ProxyTarget | null {
  switch (own) {
    case "docker-proxy": {
      const [address, port] = ["-container-ip", "-container-port"].map(
        (option) => args[args.indexOf(option) + 1] ?? "",
      );
      return checked(address ?? "", port ?? "");
    }
    case "socat": {
      for (const arg of args.slice(1)) {
        const [, address, port] =
          /^(?:tcp|udp)[46]?(?:-connect)?:\[?([\da-f.:]+?)\]?:(\d+)(?:,|$)/i.exec(arg) ?? [];
        if (address && port) return checked(address, port);
      }
      return null;
    }
    case "systemd-socket-proxyd": {
      const [, address, port] = /^\[?([\da-f.:]+?)\]?:(\d+)$/i.exec(args.at(-1) ?? "") ?? [];
      return address && port ? checked(address, port) : null;
    }
    default:
      return null;
  }
}

function checked(address: string, digits: string): ProxyTarget | null {
  const port = Number(digits);
  return isIP(address) !== 0 && Number.isInteger(port) && port > 0 && port < 65_536
    ? { address, port }
    : null;
}

function formatTarget({ address, port }: ProxyTarget): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Splits a command line where only the text of it is known (macOS, Windows): quotes group, nothing else is special. */
export function splitCommandLine(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
