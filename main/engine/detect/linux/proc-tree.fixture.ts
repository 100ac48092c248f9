/** A directory that looks like /proc, for tests: what a real one shows only in rare moments. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface FakeProcess {
  readonly parent?: number;
  readonly comm?: string;
  readonly cmdline?: string;
  readonly exe?: string;
  readonly cgroup?: string;
  /** Addresses of its own network namespace, and the port 80 sockets in it. */
  readonly namespace?: { readonly address: string; readonly inode: number };
  /** File descriptor → socket inode. */
  readonly sockets?: Readonly<Record<number, number>>;
}

export interface FakeSocket {
  /** As the kernel prints it, e.g. `0100007F:1F90`. */
  readonly local: string;
  readonly inode: number;
  readonly state?: string;
}

export class ProcTree {
  readonly root = mkdtempSync(join(tmpdir(), "homeport-proc-"));

  constructor() {
    mkdirSync(join(this.root, "net"));
    for (const table of ["tcp", "tcp6", "udp", "udp6"] as const) this.table(table, []);
    this.write("net/sockstat", "TCP: inuse 9 orphan 0\nUDP: inuse 9\n");
    this.write("net/sockstat6", "TCP6: inuse 9\nUDP6: inuse 9\n");
    this.write("net/snmp", "Tcp: CurrEstab\nTcp: 0\n");
    this.lastPid(1000);
  }

  table(
    name: "tcp" | "tcp6" | "udp" | "udp6",
    sockets: readonly FakeSocket[],
    directory = "net",
  ): void {
    const usual = name.startsWith("tcp") ? "0A" : "07";
    const rows = sockets.map(({ local, inode, state = usual }, at) => {
      const remote = `${"0".repeat(local.length - 5)}:0000`;
      return `${at}: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0`;
    });
    this.write(
      `${directory}/${name}`,
      ["  sl  local_address rem_address   st", ...rows, ""].join("\n"),
    );
  }

  process(pid: number, fake: FakeProcess = {}): void {
    const { parent = 1, comm = "node", cmdline = "node\0app.js\0", exe, sockets = {} } = fake;
    this.end(pid);
    mkdirSync(join(this.root, `${pid}/fd`), { recursive: true });
    this.write(`${pid}/comm`, `${comm}\n`);
    this.write(`${pid}/cmdline`, cmdline);
    this.write(`${pid}/stat`, `${pid} (${comm}) S ${parent} 1 1 0`);
    if (exe !== undefined) symlinkSync(exe, join(this.root, `${pid}/exe`));
    if (fake.cgroup !== undefined) this.write(`${pid}/cgroup`, fake.cgroup);
    if (fake.namespace) {
      const { address, inode } = fake.namespace;
      mkdirSync(join(this.root, `${pid}/net`));
      this.write(`${pid}/net/fib_trie`, `Local:\n  |-- ${address}\n     /32 host LOCAL\n`);
      this.table("tcp", [{ local: "00000000:0050", inode }], `${pid}/net`);
    }
    const links = Object.entries(sockets).map(([fd, inode]) => [fd, `socket:[${inode}]`]);
    const files: Record<string, string> = { 0: "/dev/null", ...Object.fromEntries(links) };
    for (const [fd, link] of Object.entries(files)) {
      symlinkSync(link, join(this.root, `${pid}/fd/${fd}`));
    }
  }

  /** Number of the process or thread that was started last. */
  lastPid(pid: number): void {
    this.write("loadavg", `0.00 0.01 0.05 1/85 ${pid}\n`);
  }

  end(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true, force: true });
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text, "latin1");
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
