/** Listening sockets of macOS: netstat at each scan, lsof and ps only when that changed. */
import type { Server } from "../../../../shared/snapshot.ts";
import type { InterfaceOf } from "../bind.ts";
import type { ListenerSource } from "../detector.ts";
import { type OwnedSocket, ianaDynamicPorts, toServers } from "../owned-socket.ts";
import { baseName } from "../plain-text.ts";
import { type ProcessTable, startedBy } from "../process-table.ts";
import { identifyProgram, splitCommandLine } from "../program.ts";
import type { RunCommand } from "../../system/run-command.ts";
import { type HeldSocket, lsofArguments, parseLsof } from "./lsof.ts";
import { type NetstatListeners, parseNetstat } from "./netstat.ts";
import { executableArguments, parseExecutables, parsePs, psArguments } from "./ps.ts";
import { directoryArguments, parseDirectories } from "./working-directories.ts";

export interface MacosSourceOptions {
  readonly run: RunCommand;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The process whose tree is ourselves and is left out. */
  readonly ownPid: number;
  readonly interfaceOf: InterfaceOf;
}

/** lsof may run again after its cost times this: 2 % of one core while servers come and go. */
const pace = 50;
/** Milliseconds after which it runs although only clients' UDP ports changed, or nothing at all. */
const clientsChanged = 10_000;
const nothingChanged = 60_000;

export class MacosListenerSource implements ListenerSource {
  /** A child process at each scan costs more than reading a file. */
  readonly interval = 800;
  readonly #options: MacosSourceOptions;
  #before: NetstatListeners | null = null;
  #servers: readonly Server[] = [];
  #askedAt = 0;
  #cost = 0;

  constructor(options: MacosSourceOptions) {
    this.#options = options;
  }

  /** Rejects when netstat, or lsof where it is needed, cannot be run. */
  async scan(): Promise<readonly Server[]> {
    const { run, now } = this.#options;
    const { stdout } = await run("/usr/sbin/netstat", ["-anl"]);
    const seen = parseNetstat(stdout);
    const start = now();
    if (this.#before !== null && start - this.#askedAt < this.#patience(seen, this.#before)) {
      return this.#servers;
    }
    this.#servers = await this.#ask();
    this.#askedAt = start;
    this.#cost = now() - start;
    this.#before = seen;
    return this.#servers;
  }

  #patience(seen: NetstatListeners, before: NetstatListeners): number {
    if (seen.servers !== before.servers) return this.#cost * pace;
    return seen.ephemeral === before.ephemeral ? nothingChanged : clientsChanged;
  }

  async #ask(): Promise<readonly Server[]> {
    const { run, ownPid, interfaceOf } = this.#options;
    const [lsof, ps, comm] = await Promise.all([
      // Ends with 1 when some file could not be looked at, and still lists the others.
      run("/usr/sbin/lsof", lsofArguments),
      run("/bin/ps", psArguments),
      run("/bin/ps", executableArguments),
    ]);
    const processes = parsePs(ps.stdout);
    const sockets = withoutHeirs(parseLsof(lsof.stdout)).filter(
      (socket) => !startedBy(processes, socket.pid, ownPid),
    );
    const known: KnownProcesses = {
      processes,
      executables: parseExecutables(comm.stdout),
      directories: await this.#findDirectories(sockets),
    };
    return toServers(
      sockets.map((socket) => own(socket, known)),
      ianaDynamicPorts,
      interfaceOf,
    );
  }

  async #findDirectories(sockets: readonly HeldSocket[]): Promise<ReadonlyMap<number, string>> {
    if (sockets.length === 0) return new Map();
    const words = directoryArguments(sockets.map(({ pid }) => pid));
    try {
      return parseDirectories((await this.#options.run("/usr/sbin/lsof", words)).stdout);
    } catch {
      // The servers are worth showing without.
      return new Map();
    }
  }
}

/** Of processes that share a socket only those whose parent does not hold it as well: the server, not its workers. */
function withoutHeirs(sockets: readonly HeldSocket[]): HeldSocket[] {
  const holders = new Set(sockets.map(({ pid, device }) => `${pid} ${device}`));
  return sockets.filter(
    ({ parent, device }) => parent <= 1 || device === "" || !holders.has(`${parent} ${device}`),
  );
}

interface KnownProcesses {
  readonly processes: ProcessTable;
  readonly executables: ReadonlyMap<number, string>;
  readonly directories: ReadonlyMap<number, string>;
}

function own(socket: HeldSocket, known: KnownProcesses): OwnedSocket {
  const { pid, command, transport, address, port } = socket;
  const commandLine = known.processes.get(pid)?.commandLine ?? "";
  const executable = known.executables.get(pid);
  const workingDirectory = known.directories.get(pid);
  const file = executable === undefined ? "" : baseName(executable);
  // lsof cuts long names.
  const name = file.startsWith(command) ? file : command;
  const program = identifyProgram(name, splitCommandLine(commandLine));
  const process = {
    pid,
    name,
    commandLine,
    ...(executable !== undefined && { executable }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    ...(program !== null && { program }),
  };
  return { transport, address, port, process };
}
