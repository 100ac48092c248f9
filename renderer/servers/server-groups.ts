/** Which servers are offered first, and which are folded away. */
import { exposedKeys, exposeObstacle, needsSecondYes, portKey } from "../../shared/endpoint.ts";
import type { Exposure, Gateway, RecognisedServer } from "../../shared/snapshot.ts";
import { serverKey } from "../store.ts";

export interface ListedServer {
  /** Unique in its list. */
  readonly key: string;
  readonly server: RecognisedServer;
  /** Why exposing it would lead nowhere; null when it can be exposed. */
  readonly obstacle: string | null;
}

export interface ServerGroups {
  readonly servers: readonly ListedServer[];
  /** Most likely no servers for visitors: clients' sockets, and services of the system itself. */
  readonly background: readonly ListedServer[];
}

/** Services that an operating system runs for itself or for the local network. Linux cuts names to 15 letters. */
const systemProcesses = new Set(
  [
    "systemd systemd-resolve systemd-network systemd-timesyn avahi-daemon cupsd cups-browsed rpcbind rpc.statd",
    "dnsmasq chronyd ntpd networkmanager dhclient dhcpcd connmand wpa_supplicant bluetoothd kdeconnectd",
    "svchost.exe system lsass.exe services.exe spoolsv.exe wininit.exe",
    "mdnsresponder rapportd controlcenter controlce sharingd launchd configd identityservicesd",
  ]
    .join(" ")
    .split(" "),
);

/** Ports from here on are handed out by systems; a program that has one and serves this PC only is plumbing. */
const FIRST_DYNAMIC_PORT = 32_768;

/** Splits the servers that are not exposed, those first that may well be exposed; else the engine's order stays. */
export function groupServers(
  servers: readonly RecognisedServer[],
  exposures: readonly Exposure[],
  gateways: readonly Gateway[],
): ServerGroups {
  const exposed = exposedKeys(exposures);
  const seen = new Map<string, number>();
  const offered: ListedServer[] = [];
  const discouraged: ListedServer[] = [];
  const unreachable: ListedServer[] = [];
  const background: ListedServer[] = [];
  for (const server of servers) {
    if (exposed.has(portKey(server.transport, server.port))) continue;
    const obstacle = exposeObstacle(server, gateways);
    const base = serverKey(server);
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    const listed = { key: count === 1 ? base : `${base}#${count}`, server, obstacle };
    if (isBackground(server, obstacle)) background.push(listed);
    else if (obstacle !== null) unreachable.push(listed);
    else (needsSecondYes(server) ? discouraged : offered).push(listed);
  }
  return { servers: [...offered, ...discouraged, ...unreachable], background };
}

function isBackground(server: RecognisedServer, obstacle: string | null): boolean {
  if (server.ephemeral || systemProcesses.has(server.process?.name.toLowerCase() ?? ""))
    return true;
  if (server.warnings.includes("local-network-only")) return true;
  return obstacle !== null && server.port >= FIRST_DYNAMIC_PORT;
}
