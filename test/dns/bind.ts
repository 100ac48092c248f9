/** A real name server, `named` of BIND, in a folder of its own: on a free port of loopback, or in a namespace. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatBindKey, type LabKey } from "./keys.ts";

export interface BindOptions {
  readonly zone: string;
  /** Keys the server knows; those without `mayUpdate: false` may update the whole zone. */
  readonly keys: readonly LabKey[];
  /** Records below the SOA and NS, as in a zone file. */
  readonly records?: string;
  /** On this address and port 53 of a network namespace, by its name; else on loopback. */
  readonly at?: { readonly namespace: string; readonly address: string };
}

export interface Bind {
  readonly address: string;
  readonly port: number;
  /** What `dig` of BIND sees: one line a record. */
  dig(name: string, type: string): readonly string[];
  /** Runs `nsupdate` of BIND with a key; throws when it fails. */
  nsupdate(key: LabKey, commands: readonly string[]): void;
  /** UPDATE messages that changed the zone since the start. */
  updates(): number;
  /** Sets that UPDATE messages touched since the start, in their order: `A play.home.example`. */
  touched(): readonly string[];
  stop(): Promise<void>;
}

/** Resolves when it answers; rejects with what it printed, or with the package that is missing. */
export async function startBind({ zone, keys, records = "", at }: BindOptions): Promise<Bind> {
  for (const [program, package_] of [
    ["named", "bind9"],
    ["nsupdate", "bind9-dnsutils"],
  ] as const) {
    try {
      execFileSync(program, ["-V"], { stdio: "ignore" });
    } catch {
      throw new Error(`${program} is missing: install the package ${package_}`);
    }
  }
  const directory = mkdtempSync(join(tmpdir(), "homeport-bind-"));
  const address = at?.address ?? "127.0.0.1";
  const port = at === undefined ? await freePort() : 53;
  const inside = (words: readonly string[]): [string, string[]] => {
    const [program = "", ...rest] =
      at === undefined ? words : ["ip", "netns", "exec", at.namespace, ...words];
    return [program, rest];
  };
  writeConfiguration(directory, { address, port }, zone, keys, records);
  // Named drops nothing here: it keeps the user it was started by, and its folder.
  const configuration = join(directory, "named.conf");
  const named = spawn(...inside(["named", "-g", "-4", "-n", "1", "-c", configuration]));
  let log = "";
  named.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await running(named);
  return {
    address,
    port,
    dig: (name, type) =>
      execFileSync(
        ...inside([
          "dig",
          "+norec",
          "+noall",
          "+answer",
          `@${address}`,
          "-p",
          `${port}`,
          name,
          type,
        ]),
      )
        .toString()
        .split("\n")
        .map((line) => line.trim().replaceAll(/\s+/g, " "))
        .filter((line) => line !== ""),
    nsupdate: (key, commands) => {
      const file = join(directory, "nsupdate.key");
      writeFileSync(file, formatBindKey(key), { mode: 0o600 });
      const input = [`server ${address} ${port}`, `zone ${zone}`, ...commands, "send", ""];
      execFileSync(...inside(["nsupdate", "-k", file]), { input: input.join("\n"), stdio: "pipe" });
    },
    updates: () =>
      new Set(log.match(/client @0x[0-9a-f]+ [\d.]+#\d+(?=[^\n]*: updating zone)/g)).size,
    touched: () =>
      [...log.matchAll(/updating zone '[^']*': (?:adding|deleting) [^']*'([^']+)' (\w+)/g)].map(
        ([, name, type]) => `${type} ${name}`,
      ),
    stop: async () => {
      const ended = new Promise((resolve) => named.once("exit", resolve));
      if (named.exitCode === null && named.kill("SIGKILL")) await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function writeConfiguration(
  directory: string,
  server: { readonly address: string; readonly port: number },
  zone: string,
  keys: readonly LabKey[],
  records: string,
): void {
  const data = join(directory, "data");
  mkdirSync(data);
  const allowed = keys.filter(({ mayUpdate }) => mayUpdate !== false);
  writeFileSync(
    join(directory, "named.conf"),
    `options {
  directory "${data}"; listen-on port ${server.port} { ${server.address}; }; listen-on-v6 { none; };
  pid-file none; session-keyfile none; lock-file none; recursion no; dnssec-validation no; notify no;
};
controls {};
${keys.map(formatBindKey).join("")}
zone "${zone}" {
  type primary; file "${join(data, "zone")}";
  allow-update { ${allowed.map(({ name }) => `key "${name}"; `).join("")}};
};
`,
    { mode: 0o600 },
  );
  writeFileSync(
    join(data, "zone"),
    `$ORIGIN ${zone}.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A ${server.address}
${records}
`,
  );
}

function running(named: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = "";
    named.once("error", reject);
    named.once("exit", () => reject(new Error(`named ended:\n${printed}`)));
    named.stderr?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      // Date, time and this alone: before it listens it says what it is running on, and as whom.
      if (/^\S+ \S+ running\n/m.test(printed)) resolve();
    });
  });
}

/** A port that is free for TCP and UDP at this moment. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const socket = createSocket("udp4");
    const free = await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false));
      socket.bind(port, "127.0.0.1", () => resolve(true));
    });
    await new Promise<void>((resolve) => socket.close(resolve));
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}
