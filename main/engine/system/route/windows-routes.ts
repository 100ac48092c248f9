/** Routes and addresses of Windows, by the programs that it brings along. */
import { isIPv4, isIPv6 } from "node:net";
import type { networkInterfaces } from "node:os";
import type { DefaultRoute } from "../../environment.ts";
import type { RunCommand } from "../run-command.ts";
import { defaultRoutes } from "./default-routes.ts";
import { windowsKind } from "./interface-kind.ts";
import { linkFromNeighbours } from "./link-address.ts";
import { neighbour6, type RouteReader } from "./route-reader.ts";
import { stableFromWindows } from "./stable-address6.ts";
import { parseInterfaceList, parseRoutePrint, type WindowsAddress } from "./windows.ts";

export class WindowsRoutes implements RouteReader {
  readonly #run: RunCommand;
  readonly #interfaces: typeof networkInterfaces;

  constructor(run: RunCommand, interfaces: typeof networkInterfaces) {
    this.#run = run;
    this.#interfaces = interfaces;
  }

  async routes(): Promise<readonly DefaultRoute[]> {
    const { stdout } = await this.#run(program("ROUTE.EXE"), ["print"]);
    const addresses = this.#addresses();
    const list = parseInterfaceList(stdout);
    return defaultRoutes(parseRoutePrint(stdout, addresses), (name) => {
      const own = addresses.find((address) => address.interface === name);
      return windowsKind(name, own?.mac ?? null, list);
    });
  }

  async stableAddress6(name: string): Promise<string | null> {
    const index = this.#addresses().find(
      (address) => address.interface === name && address.scope > 0,
    )?.scope;
    if (index === undefined) return null;
    const script =
      `Get-NetIPAddress -AddressFamily IPv6 -InterfaceIndex ${index} | ForEach-Object ` +
      `{ "$([int]$_.SuffixOrigin) $([int]$_.AddressState) $($_.IPAddress)" }`;
    const powershell = program("WindowsPowerShell\\v1.0\\powershell.exe");
    const { stdout } = await this.#run(powershell, ["-NoProfile", "-Command", script]);
    return stableFromWindows(stdout);
  }

  async linkAddress(address: string): Promise<string | null> {
    if (isIPv6(address)) return neighbour6(this.#run, "win32", program("netsh.exe"), address);
    if (!isIPv4(address)) return null;
    const { stdout } = await this.#run(program("ARP.EXE"), ["-a", address]);
    return linkFromNeighbours(stdout, address);
  }

  #addresses(): readonly WindowsAddress[] {
    return Object.entries(this.#interfaces()).flatMap(([name, addresses]) =>
      (addresses ?? []).map((one) => ({
        interface: name,
        address: one.address,
        scope: one.family === "IPv6" ? one.scopeid : 0,
        mac: one.mac,
      })),
    );
  }
}

function program(name: string): string {
  return `${process.env["SystemRoot"] ?? "C:\\Windows"}\\System32\\${name}`;
}
