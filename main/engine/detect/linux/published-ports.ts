/**
 * The ports that Docker publishes. Its proxy runs as root, so nobody else sees which sockets it holds; but its command
 * line, which everybody can read, says what it listens on.
 */
import { statSync } from "node:fs";
import { commandLineLimit } from "../process-table.ts";
import { baseName } from "../plain-text.ts";
import { parseArguments } from "./process.ts";
import { readProcValue } from "./proc-files.ts";
import type { SocketRow } from "./socket-table.ts";

/** Scans in which a process is looked at: it may be between fork and exec. */
const mostLooks = 4;

interface Looked {
  looks: number;
  /** What it listens on, where it is such a proxy. */
  socket: string | null;
}

export class PublishedPorts {
  readonly #root: string;
  readonly #owner: number;
  readonly #looked = new Map<number, Looked>();
  #proxies: ReadonlyMap<string, number> = new Map();

  /** `root` is where procfs is mounted; only processes of the user `owner` are believed. */
  constructor(root: string, owner = 0) {
    this.#root = root;
    this.#owner = owner;
  }

  /** Takes the processes whose files are closed to us. */
  update(closed: ReadonlySet<number>): void {
    for (const pid of this.#looked.keys()) if (!closed.has(pid)) this.#looked.delete(pid);
    const proxies = new Map<string, number>();
    for (const pid of closed) {
      const looked = this.#looked.get(pid) ?? { looks: 0, socket: null };
      this.#looked.set(pid, looked);
      if (looked.socket === null && looked.looks < mostLooks) {
        looked.looks += 1;
        looked.socket = this.#read(pid);
      }
      if (looked.socket !== null) proxies.set(looked.socket, pid);
    }
    this.#proxies = proxies;
  }

  /** The proxies there are. */
  get pids(): Iterable<number> {
    return this.#proxies.values();
  }

  /** The proxy that listens there; null where none says so. */
  ownerOf({ transport, address, port }: SocketRow): number | null {
    return this.#proxies.get(nameOf(transport, address, port)) ?? null;
  }

  #read(pid: number): string | null {
    const base = `${this.#root}/${pid}`;
    const args = parseArguments(readProcValue(`${base}/cmdline`, commandLineLimit) ?? "");
    if (baseName(args[0] ?? "") !== "docker-proxy") return null;
    // Anybody can call himself so.
    if (statSync(base, { throwIfNoEntry: false })?.uid !== this.#owner) return null;
    const [transport, address, port] = ["-proto", "-host-ip", "-host-port"].map(
      (option) => args[args.indexOf(option) + 1] ?? "",
    );
    return nameOf(transport ?? "", address ?? "", Number(port));
  }
}

function nameOf(transport: string, address: string, port: number): string {
  return `${transport} ${address} ${port}`;
}
