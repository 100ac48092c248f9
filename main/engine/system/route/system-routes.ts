/** Reads this PC's routes and addresses, as each system shows them: files on Linux, programs elsewhere. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { runCommand } from "../run-command.ts";
import type { DefaultRoute } from "../../environment.ts";
import { parseNetstatRoutes } from "./bsd.ts";
import { defaultRoutes } from "./default-routes.ts";
import { type LinuxInterface, linuxKind, macKind, windowsKind } from "./interface-kind.ts";
import { linkFromLinux, linkFromNeighbours, neighbourQuestion } from "./link-address.ts";
import { parseRoute4, parseRoute6 } from "./linux.ts";
import { stableFromIfconfig, stableFromLinux, stableFromWindows } from "./stable-address6.ts";
import { parseInterfaceList, parseRoutePrint, type WindowsAddress } from "./windows.ts";

/** What can be asked of one system. Reads reject with the system's error. */
interface SystemRoutes {
  routes(): Promise<readonly DefaultRoute[]>;
  stableAddress6(name: string): Promise<string | null>;
  linkAddress(address: string): Promise<string | null>;
}

/** Names of interfaces become parts of paths and arguments. */
const plainName = /^(?!\.{1,2}$|-)[\w.:@-]{1,64}$/;

/**
 * Read at once, not in the background: the kernel makes these texts up in memory, in microseconds, while every step of
 * a background read waits for its turn. At a start, when everything is read, that was 15 ms of silence.
 */
const linux: SystemRoutes = {
  async routes() {
    const table4 = readFileSync("/proc/net/route", "utf8");
    const table = [...parseRoute4(table4), ...parseRoute6(readIfThere("/proc/net/ipv6_route"))];
    return defaultRoutes(table, (name) => linuxKind(name, linuxInterface(name)));
  },
  async stableAddress6(name) {
    return stableFromLinux(readIfThere("/proc/net/if_inet6"), name);
  },
  async linkAddress(address) {
    if (isIP(address) === 6) return neighbour6("linux", "ip", address);
    return linkFromLinux(readIfThere("/proc/net/arp"), address);
  },
};

function linuxInterface(name: string): LinuxInterface {
  const folder = `/sys/class/net/${plainName.test(name) ? name : "lo"}`;
  const [type, uevent, tun, wireless] = ["type", "uevent", "tun_flags", "phy80211/index"].map(
    (file) => readIfThere(`${folder}/${file}`),
  );
  return {
    type: Number(type),
    deviceType: /^DEVTYPE=(\w+)$/m.exec(uevent ?? "")?.[1] ?? null,
    tun: tun !== "",
    wireless: wireless !== "",
  };
}

const NETSTAT = "/usr/sbin/netstat";

const macos: SystemRoutes = {
  async routes() {
    const [table4, table6, ports] = await Promise.all([
      runCommand(NETSTAT, ["-rn", "-f", "inet"]),
      runCommand(NETSTAT, ["-rn", "-f", "inet6"]),
      macPorts(),
    ]);
    const table = [
      ...parseNetstatRoutes(table4.stdout, 4),
      ...parseNetstatRoutes(table6.stdout, 6),
    ];
    return defaultRoutes(table, (name) => macKind(name, ports));
  },
  async stableAddress6(name) {
    if (!plainName.test(name)) return null;
    return stableFromIfconfig((await runCommand("/sbin/ifconfig", [name])).stdout);
  },
  async linkAddress(address) {
    if (isIP(address) === 6) return neighbour6("darwin", "/usr/sbin/ndp", address);
    return arpOf("/usr/sbin/arp", "-n", address);
  },
};

/** Asked for again only when another interface has come. */
let knownPorts: { readonly of: string; readonly text: string } | null = null;

async function macPorts(): Promise<string> {
  const names = Object.keys(networkInterfaces()).join(" ");
  if (knownPorts?.of !== names) {
    const told = await runCommand("/usr/sbin/networksetup", ["-listallhardwareports"]).catch(
      () => null,
    );
    knownPorts = { of: names, text: told?.stdout ?? "" };
  }
  return knownPorts.text;
}

const windows: SystemRoutes = {
  async routes() {
    const { stdout } = await runCommand(`${windowsFolder()}\\ROUTE.EXE`, ["print"]);
    const addresses = windowsAddresses();
    const list = parseInterfaceList(stdout);
    return defaultRoutes(parseRoutePrint(stdout, addresses), (name) => {
      const own = addresses.find((address) => address.interface === name);
      return windowsKind(name, own?.mac ?? null, list);
    });
  },
  async stableAddress6(name) {
    const index = windowsAddresses().find(
      (address) => address.interface === name && address.scope > 0,
    )?.scope;
    if (index === undefined) return null;
    const script =
      `Get-NetIPAddress -AddressFamily IPv6 -InterfaceIndex ${index} | ForEach-Object ` +
      `{ "$([int]$_.SuffixOrigin) $([int]$_.AddressState) $($_.IPAddress)" }`;
    const powershell = `${windowsFolder()}\\WindowsPowerShell\\v1.0\\powershell.exe`;
    const { stdout } = await runCommand(powershell, ["-NoProfile", "-Command", script]);
    return stableFromWindows(stdout);
  },
  async linkAddress(address) {
    if (isIP(address) === 6) {
      return neighbour6("win32", `${windowsFolder()}\\netsh.exe`, address);
    }
    return arpOf(`${windowsFolder()}\\ARP.EXE`, "-a", address);
  },
};

async function arpOf(program: string, option: string, address: string): Promise<string | null> {
  if (isIP(address) !== 4) return null;
  return linkFromNeighbours((await runCommand(program, [option, address])).stdout, address);
}

async function neighbour6(
  platform: "linux" | "darwin" | "win32",
  program: string,
  address: string,
): Promise<string | null> {
  const question = neighbourQuestion(platform, address);
  const { stdout } = await runCommand(program, question.arguments);
  return linkFromNeighbours(stdout, question.shownAs);
}

function windowsFolder(): string {
  return `${process.env["SystemRoot"] ?? "C:\\Windows"}\\System32`;
}

function windowsAddresses(): readonly WindowsAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map((one) => ({
      interface: name,
      address: one.address,
      scope: one.family === "IPv6" ? one.scopeid : 0,
      mac: one.mac,
    })),
  );
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const systems: Readonly<Partial<Record<NodeJS.Platform, SystemRoutes>>> = {
  linux,
  darwin: macos,
  win32: windows,
};

/** Those of this PC; undefined where there is no way to read them. */
export const systemRoutes = systems[process.platform];
