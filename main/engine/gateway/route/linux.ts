/** Default gateways from the kernel's route tables as /proc shows them; no child process. */
import type { DefaultGateway } from "../../environment.ts";

const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;

/** /proc/net/route: IPv4, addresses as little-endian hex. Lowest metric first; malformed lines are ignored. */
export function parseRoute4(text: string): DefaultGateway[] {
  const routes: { gateway: DefaultGateway; metric: number }[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [iface, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
    if (!iface || !gateway || !flags || destination !== "00000000" || mask !== "00000000") continue;
    if (!/^[0-9A-Fa-f]{8}$/.test(gateway)) continue;
    const bits = Number.parseInt(flags, 16);
    if ((bits & RTF_UP) === 0 || (bits & RTF_GATEWAY) === 0) continue;
    const bytes = [6, 4, 2, 0].map((at) => Number.parseInt(gateway.slice(at, at + 2), 16));
    routes.push({
      gateway: { address: bytes.join("."), family: 4, interface: iface },
      metric: Number(metric),
    });
  }
  return routes.toSorted((a, b) => a.metric - b.metric).map((route) => route.gateway);
}
