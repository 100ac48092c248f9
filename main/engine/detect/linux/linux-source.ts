/** Listening sockets of this network namespace from /proc, with owners; no child process. */
import type { Server } from "../../../../shared/snapshot.ts";
import { type InterfaceOf, systemInterfaces } from "../bind.ts";
import type { ListenerSource } from "../detector.ts";
import { type OwnedSocket, type PortRange, toServers } from "../owned-socket.ts";
import { KnownProcesses } from "./known-processes.ts";
import { KnownSockets } from "./known-sockets.ts";
import { OpenProcFile, readProcValue } from "./proc-files.ts";
import { ProcessStats } from "./process-stats.ts";
import { PublishedPorts } from "./published-ports.ts";
import type { SocketRow } from "./socket-table.ts";
import { SocketTables, type Table } from "./socket-tables.ts";
import { TimeSlices } from "./time-slices.ts";

export interface LinuxSourceOptions {
  /** Where procfs is mounted. */
  readonly root?: string;
  /** The process whose tree is ourselves and is left out. */
  readonly ownPid?: number;
  /** Monotonic milliseconds; bounds the time spent on looking for owners. */
  readonly now?: () => number;
}

/** Scans in a row without a change before they are cut short, and how many of them at most. */
const settling = 6;
const longestQuiet = 60;

export class LinuxListenerSource implements ListenerSource {
  /** A quiet look costs 0.5 ms, most of it cold caches; shown within a second of listen() even where the PC is busy. */
  readonly interval = 500;
  readonly #root: string;
  readonly #now: () => number;
  readonly #interfaceOf: InterfaceOf;
  readonly #tables: SocketTables;
  readonly #sockets: KnownSockets;
  readonly #processes: KnownProcesses;
  readonly #published: PublishedPorts;
  /** proc_loadavg(5): its last word is the number of the process or thread that was started last. */
  readonly #load: OpenProcFile;
  #lastPid: string | undefined;
  #servers: readonly Server[] = [];
  #lastRows: readonly (readonly SocketRow[])[] = [];
  #unchanged = 0;
  #pending = false;
  #scan = 0;

  constructor({ root = "/proc", ownPid = process.pid, now }: LinuxSourceOptions = {}) {
    const clock = now ?? (() => performance.now());
    this.#root = root;
    this.#now = clock;
    this.#interfaceOf = systemInterfaces(clock);
    this.#load = new OpenProcFile(`${root}/loadavg`);
    this.#tables = new SocketTables(root, clock);
    this.#sockets = new KnownSockets(root, clock);
    this.#processes = new KnownProcesses(root, ownPid);
    this.#published = new PublishedPorts(root);
  }

  /** Rejects only when no table can be read. Answers the same list, and the same servers in it, while they last. */
  async scan(): Promise<readonly Server[]> {
    for (const name of this.#sockets.verify(this.#isStirred())) {
      this.#tables.suspect(name);
      this.#unchanged = 0;
    }
    const tables = this.#tables.read();
    if (this.#isQuiet(tables)) return this.#servers;
    this.#scan += 1;
    const stats = new ProcessStats(this.#root);
    const slices = new TimeSlices(this.#now);
    const renewed = await this.#sockets.update(this.#scan, tables, stats, slices);
    this.#published.update(this.#sockets.closed);
    const used = new Set([...this.#sockets.holders(), ...this.#published.pids]);
    await this.#processes.update(this.#scan, used, renewed, stats, slices);
    this.#servers = toServers(this.#owned(), this.#ephemeral(), this.#interfaceOf, this.#servers);
    this.#pending = this.#sockets.pending;
    return this.#servers;
  }

  /** True when a process or thread was started since the scan before: what ends then may be replaced at once. */
  #isStirred(): boolean {
    const before = this.#lastPid;
    this.#lastPid = this.#load.read()?.trimEnd().split(" ").at(-1);
    return this.#lastPid === undefined || this.#lastPid !== before;
  }

  /**
   * True when the tables are those of the scan before, and of some more, since young processes are looked at again.
   * `#scan` counts the other scans; one in `longestQuiet` is among them whatever happens.
   */
  #isQuiet(tables: readonly Table[]): boolean {
    // Handovers have set the count to 0 already.
    const same = tables.every(({ rows }, at) => rows === this.#lastRows[at]);
    this.#lastRows = tables.map(({ rows }) => rows);
    this.#unchanged = same ? this.#unchanged + 1 : 0;
    return !this.#pending && this.#unchanged > settling && this.#unchanged % longestQuiet !== 0;
  }

  *#owned(): Generator<OwnedSocket> {
    for (const { row, holder } of this.#sockets.current()) {
      const pid = holder?.pid ?? this.#published.ownerOf(row);
      const owner = pid === null ? null : this.#processes.get(pid);
      if (owner?.ours) continue;
      const { transport, address, port } = row;
      yield { transport, address, port, process: owner?.process ?? null };
    }
  }

  #ephemeral(): PortRange {
    const text = readProcValue(`${this.#root}/sys/net/ipv4/ip_local_port_range`, 64) ?? "";
    const [first, last] = text.trim().split(/\s+/).map(Number);
    return first && last ? { first, last } : { first: 32_768, last: 60_999 };
  }
}
