/** The engine in the real world: this PC's clock, network, sockets and files. */
import { hostname } from "node:os";
import { join } from "node:path";
import type { Server } from "../../shared/snapshot.ts";
import { catalogue } from "../../shared/services/catalogue.ts";
import { Beacon } from "./beacon/beacon.ts";
import { serveStatus } from "./beacon/status-server.ts";
import { Names } from "./ddns/names.ts";
import { nodeNamesNetwork } from "./system/node-names-network.ts";
import { type SecretStore, SessionSecretStore } from "./ddns/secret-store.ts";
import { Detector } from "./detect/detector.ts";
import { createListenerSource } from "./detect/source.ts";
import { Engine, type EngineOptions, type ServerWatch } from "./engine.ts";
import type { Environment, Logger } from "./environment.ts";
import { NatPmpClient } from "./gateway/natpmp/client.ts";
import { PcpClient } from "./gateway/pcp/client.ts";
import { PinholeClient } from "./gateway/upnp/firewall/pinhole-client.ts";
import { UpnpClient } from "./gateway/upnp/igd/client.ts";
import { nodeLan } from "./system/node-lan.ts";
import { nodeNetwork, ROUTE_POLL } from "./system/node-network.ts";
import { tcpExchange } from "./recognise/ask/tcp-exchange.ts";
import { LanWorlds } from "./recognise/lan-worlds/lan-worlds.ts";
import { Announcements } from "./recognise/mdns/announcements.ts";
import { openBonjour } from "./system/mdns/bonjour.ts";
import { RecognisedServers } from "./recognise/recognised-servers.ts";
import { readWorkingFiles } from "./recognise/working-files.ts";
import { VERSION } from "./version.ts";
import { systemClock, systemRandom } from "./system/system-environment.ts";

export interface CreateEngineOptions extends Pick<
  EngineOptions,
  | "settings"
  | "dataDirectory"
  | "gateway"
  | "observer"
  | "exposures"
  | "despiteWarnings"
  | "outlived"
> {
  readonly log: Logger;
  /** Secrets of DNS accounts; without it they are kept for this run alone. */
  readonly secrets?: SecretStore;
}

export function createEngine({
  log,
  secrets = new SessionSecretStore(),
  ...options
}: CreateEngineOptions): Engine {
  const environment: Environment = {
    clock: systemClock,
    random: systemRandom,
    network: nodeNetwork,
    log,
  };
  return new Engine({
    ...options,
    environment,
    lan: nodeLan,
    routePoll: ROUTE_POLL,
    servers: watchServers(log),
    createRecogniser: (onChange) =>
      new RecognisedServers({
        catalogue,
        tools: { ...environment, exchangeTcp: tcpExchange(systemClock) },
        log,
        readFiles: readWorkingFiles,
        onChange,
        announcements: (heard) =>
          new Announcements({
            clock: systemClock,
            log,
            open: () => openBonjour({ clock: systemClock, log, lan: nodeLan }),
            onChange: heard,
          }),
        worlds: (heard) =>
          new LanWorlds({ clock: systemClock, log, lan: nodeLan, onChange: heard }),
        localAddresses: () => nodeLan.localAddresses(),
      }),
    beacon: new Beacon({
      log,
      version: VERSION,
      hostName: hostname().split(".", 1)[0] ?? "pc",
      serve: (address) =>
        serveStatus({ address, version: VERSION, localAddresses: () => nodeLan.localAddresses() }),
      open: (address) => openBonjour({ clock: systemClock, log, lan: nodeLan, address }),
    }),
    createNames: (onChange) =>
      new Names({
        environment,
        network: nodeNamesNetwork(),
        secrets,
        bookPath: join(options.dataDirectory, "names.json"),
        onChange,
      }),
    createMappers: (gateway, quirks) => [
      new PcpClient(environment, gateway),
      // NAT-PMP knows IPv4 alone, and UPnP has another service for IPv6.
      ...(gateway.address.includes(":")
        ? [new PinholeClient(environment, nodeLan, gateway)]
        : [
            new NatPmpClient(environment, gateway),
            new UpnpClient(environment, nodeLan, gateway, quirks),
          ]),
    ],
  });
}

function watchServers(log: Logger): ServerWatch {
  const source = createListenerSource(process.platform);
  if (source !== null) {
    const detector = new Detector({ source, clock: systemClock, log });
    return {
      start: () => detector.start(),
      stop: () => detector.stop(),
      onChange: (listener) => detector.onChange((servers) => listener(servers.filter(isListed))),
      get failing() {
        return detector.failing;
      },
    };
  }
  log.warn("no way to list listening sockets on this system", { platform: process.platform });
  return { start: () => undefined, stop: () => undefined, onChange: () => () => undefined };
}

/** The demo network's router runs on this PC, but to the user it is the router, not a server found. */
function isListed({ process }: Server): boolean {
  return process === null || !process.commandLine.startsWith("homeport-demo-network");
}
