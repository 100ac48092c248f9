/** Listening sockets of Windows: netstat at each scan, PowerShell only for processes not seen before. */
import type { Server } from "../../../../shared/snapshot.ts";
import type { InterfaceOf } from "../bind.ts";
import type { ListenerSource } from "../detector.ts";
import { type OwnedSocket, ianaDynamicPorts, toServers } from "../owned-socket.ts";
import { type ProcessTable, startedBy, toServerProcess } from "../process-table.ts";
import type { RunCommand } from "../../system/run-command.ts";
import { type NetstatSocket, parseNetstat } from "./netstat.ts";
import { parseProcessList, powershellArguments } from "./process-list.ts";

export interface WindowsSourceOptions {
  readonly run: RunCommand;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly ownPid: number;
  readonly interfaceOf: InterfaceOf;
  /** `%SystemRoot%`: programs are started by their whole path, never searched for. */
  readonly systemRoot: string;
}

/** PowerShell takes half a second of CPU to start; it may run again after its cost times this. */
const pace = 20;

export class WindowsListenerSource implements ListenerSource {
  /** A child process at each scan costs more than reading a file. */
  readonly interval = 2000;
  readonly #options: WindowsSourceOptions;
  #processes: ProcessTable = new Map();
  /** Processes with sockets that were asked for; some are hidden even so, and keep a number for a name. */
  #asked = new Set<number>();
  #nextAsk = Number.NEGATIVE_INFINITY;

  constructor(options: WindowsSourceOptions) {
    this.#options = options;
  }

  /** Rejects when netstat cannot be run; without PowerShell processes have numbers for names. */
  async scan(): Promise<readonly Server[]> {
    const { run, ownPid, systemRoot, interfaceOf } = this.#options;
    const { stdout } = await run(`${systemRoot}\\System32\\NETSTAT.EXE`, ["-ano"]);
    const sockets = parseNetstat(stdout);
    await this.#learn(sockets);
    const foreign = sockets.filter(({ pid }) => !startedBy(this.#processes, pid, ownPid));
    // A process not asked for yet waits for its name: the list shows it once, whole.
    const known = foreign.filter(({ pid }) => this.#asked.has(pid));
    return toServers(
      known.map((socket) => this.#own(socket)),
      ianaDynamicPorts,
      interfaceOf,
    );
  }

  /** Numbers are used again: a process without sockets is forgotten. */
  async #learn(sockets: readonly NetstatSocket[]): Promise<void> {
    const { run, now, systemRoot } = this.#options;
    const pids = new Set(sockets.map(({ pid }) => pid));
    this.#asked = new Set([...this.#asked].filter((pid) => pids.has(pid)));
    const missing = [...pids].filter((pid) => !this.#asked.has(pid));
    const start = now();
    if (missing.length === 0 || start < this.#nextAsk) return;
    const powershell = `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
    try {
      const { stdout } = await run(powershell, powershellArguments);
      this.#processes = parseProcessList(stdout);
    } catch {
      // Blocked by policy, say: the sockets are still worth showing, with numbers for names.
    }
    this.#nextAsk = start + (now() - start) * pace;
    for (const pid of missing) this.#asked.add(pid);
  }

  #own({ transport, address, port, pid }: NetstatSocket): OwnedSocket {
    return { transport, address, port, process: toServerProcess(this.#processes, pid) };
  }
}
