/** DHCP in the lab: a router that names PCP servers (RFC 7291), and the PC that asks as Debian does it. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lab } from "./lab.mjs";
import { requirePackages } from "./requirements.mjs";
import { pcAddress6 } from "./topology.mjs";
import { until } from "./until.mjs";
import type { HomePc } from "./use-lab.ts";

export interface NamedServers {
  /** Where the DHCP server runs. */
  readonly place: "cpe" | "gw";
  /** Option 158 as hexadecimal figures. */
  readonly option4: string;
  /** Option 86, as dnsmasq takes addresses; absent: no DHCPv6. */
  readonly option6?: string;
}

/**
 * The PC gets leases that name the servers. The answer runs what follows it where dhclient's leases lie as on Debian:
 * for `HomePc.startBehind`.
 */
export async function leaseServers(home: HomePc, servers: NamedServers): Promise<string[]> {
  requirePackages({ dnsmasq: "dnsmasq-base", dhclient: "isc-dhcp-client" });
  const directory = mkdtempSync(join(tmpdir(), "homeport-dhcp-"));
  home.atEnd(async () => rmSync(directory, { recursive: true, force: true }));
  serve(home, directory, servers);
  await ask(home, directory, servers.option6 === undefined ? ["4"] : ["4", "6"]);
  return ["sh", "-c", 'mount --bind "$0" /var/lib/dhcp && exec "$@"', directory];
}

/** It names the servers, whoever asks. */
function serve(home: HomePc, directory: string, { place, option4, option6 }: NamedServers): void {
  const { pcAddress } = Lab;
  const words = [
    "--keep-in-foreground --conf-file=/dev/null --port=0 --interface=lan --no-ping --user=root",
    `--dhcp-leasefile=${join(directory, "served")}`,
    `--dhcp-range=${pcAddress},${pcAddress},1h --dhcp-option-force=158,${option4}`,
    ...(option6 === undefined
      ? []
      : [
          `--dhcp-range=${pcAddress6},${pcAddress6},64,1h --dhcp-option-force=option6:86,${option6}`,
        ]),
  ];
  run(home, place, "dnsmasq", ...words.join(" ").split(" "));
}

async function ask(home: HomePc, directory: string, families: readonly string[]): Promise<void> {
  const script = join(directory, "script");
  // The addresses stand already.
  writeFileSync(script, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  const leases = (family: string) => join(directory, `dhclient${family}.eth0.leases`);
  for (const family of families) {
    const files = ["-lf", leases(family), "-pf", join(directory, `pid${family}`)];
    const words = [`-${family}`, "-d", "-sf", script, "-cf", "/dev/null", ...files, "eth0"];
    run(home, "pc", "dhclient", ...words);
  }
  await until("DHCP has named the servers", () =>
    families.every((family) => /unknown-(?:158|86) /.test(readIfThere(leases(family)))),
  );
}

/** Starts it at `place`, until the end of the test. */
function run(home: HomePc, place: string, command: string, ...words: string[]): void {
  const child = home.lab.spawn(place, command, words, { stdio: "ignore" });
  const ended = once(child, "exit");
  home.atEnd(() => {
    child.kill("SIGKILL");
    return ended;
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
