/** Default gateways as macOS prints them: `netstat -rn -f inet`. */
import type { DefaultGateway } from "../../environment.ts";

/** In the order of the system, which is its preference; routes without a gateway's address (tunnels) are left out. */
export function parseNetstatRoutes(text: string): DefaultGateway[] {
  return text.split("\n").flatMap((line) => {
    const [destination, address, flags, netif] = line.trim().split(/\s+/);
    if (destination !== "default" && destination !== "0.0.0.0/0") return [];
    if (!address || !flags || !netif || !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) return [];
    // U: up, G: through a gateway; I: bound to one interface's own traffic, not the PC's default.
    if (!flags.includes("U") || !flags.includes("G") || flags.includes("I")) return [];
    return [{ address, family: 4 as const, interface: netif }];
  });
}
