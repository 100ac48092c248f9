/** Reads this PC's routes and addresses, as each system shows them: files on Linux, programs elsewhere. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { runCommand } from "../run-command.ts";
import { defaultRoutes } from "./default-routes.ts";
import { type LinuxInterface, linuxKind } from "./interface-kind.ts";
import { linkFromLinux } from "./link-address.ts";
import { parseRoute4, parseRoute6 } from "./linux.ts";
import { MacosRoutes } from "./macos-routes.ts";
import { neighbour6, plainName, type RouteReader } from "./route-reader.ts";
import { stableFromLinux } from "./stable-address6.ts";
import { WindowsRoutes } from "./windows-routes.ts";

/**
 * Read at once, not in the background: the kernel makes these texts up in memory, in microseconds, while every step of
 * a background read waits for its turn. At a start, when everything is read, that was 15 ms of silence.
 */
const linux: RouteReader = {
  async routes() {
    const table4 = readFileSync("/proc/net/route", "utf8");
    const table = [...parseRoute4(table4), ...parseRoute6(readIfThere("/proc/net/ipv6_route"))];
    return defaultRoutes(table, (name) => linuxKind(name, linuxInterface(name)));
  },
  async stableAddress6(name) {
    return stableFromLinux(readIfThere("/proc/net/if_inet6"), name);
  },
  async linkAddress(address) {
    if (isIP(address) === 6) return neighbour6(runCommand, "linux", "ip", address);
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

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const systems: Readonly<Partial<Record<NodeJS.Platform, RouteReader>>> = {
  linux,
  darwin: new MacosRoutes(runCommand, networkInterfaces),
  win32: new WindowsRoutes(runCommand, networkInterfaces),
};

/** That of this PC; undefined where there is no way to read them. */
export const systemRoutes = systems[process.platform];
