/** Routes and addresses of macOS, by the programs that it brings along. */
import { isIPv4, isIPv6 } from "node:net";
import type { networkInterfaces } from "node:os";
import type { DefaultRoute } from "../../environment.ts";
import type { RunCommand } from "../run-command.ts";
import { parseNetstatRoutes } from "./bsd.ts";
import { defaultRoutes } from "./default-routes.ts";
import { macKind } from "./interface-kind.ts";
import { linkFromNeighbours } from "./link-address.ts";
import { neighbour6, plainName, type RouteReader } from "./route-reader.ts";
import { stableFromIfconfig } from "./stable-address6.ts";

const NETSTAT = "/usr/sbin/netstat";

export class MacosRoutes implements RouteReader {
  readonly #run: RunCommand;
  readonly #interfaces: typeof networkInterfaces;
  /** Asked for again only when another interface has come. */
  #ports: { readonly of: string; readonly text: string } | null = null;

  constructor(run: RunCommand, interfaces: typeof networkInterfaces) {
    this.#run = run;
    this.#interfaces = interfaces;
  }

  async routes(): Promise<readonly DefaultRoute[]> {
    const [table4, table6, ports] = await Promise.all([
      this.#run(NETSTAT, ["-rn", "-f", "inet"]),
      this.#run(NETSTAT, ["-rn", "-f", "inet6"]),
      this.#hardwarePorts(),
    ]);
    const table = [
      ...parseNetstatRoutes(table4.stdout, 4),
      ...parseNetstatRoutes(table6.stdout, 6),
    ];
    return defaultRoutes(table, (name) => macKind(name, ports));
  }

  async stableAddress6(name: string): Promise<string | null> {
    if (!plainName.test(name)) return null;
    return stableFromIfconfig((await this.#run("/sbin/ifconfig", [name])).stdout);
  }

  async linkAddress(address: string): Promise<string | null> {
    if (isIPv6(address)) return neighbour6(this.#run, "darwin", "/usr/sbin/ndp", address);
    if (!isIPv4(address)) return null;
    return linkFromNeighbours((await this.#run("/usr/sbin/arp", ["-n", address])).stdout, address);
  }

  async #hardwarePorts(): Promise<string> {
    const names = Object.keys(this.#interfaces()).join(" ");
    if (this.#ports?.of !== names) {
      const told = await this.#run("/usr/sbin/networksetup", ["-listallhardwareports"]).catch(
        () => null,
      );
      this.#ports = { of: names, text: told?.stdout ?? "" };
    }
    return this.#ports.text;
  }
}
