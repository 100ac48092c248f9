/** Parts of a Snapshot, each plausible by itself; a test names only what it is about. */
import type { AccountSetting, NameSetting } from "../../shared/settings.ts";
import { serverName } from "../../shared/endpoint.ts";
import type {
  Exposure,
  Gateway,
  Name,
  NetworkService,
  RecognisedServer,
  Snapshot,
} from "../../shared/snapshot.ts";

export function sampleGateway(part: Partial<Gateway> = {}): Gateway {
  return {
    address: "192.168.1.1",
    protocols: ["pcp"],
    externalAddress: "198.51.100.7",
    state: "answering",
    ...part,
  };
}

/** Not recognised, and so called as its program is, unless told otherwise. */
export function sampleServer(part: Partial<RecognisedServer> = {}): RecognisedServer {
  const server = {
    transport: "tcp",
    port: 8080,
    addresses: ["0.0.0.0"],
    scope: "network",
    bind: { kind: "all", interfaces: [] },
    process: { pid: 4242, name: "caddy", commandLine: "caddy run --config Caddyfile" },
    ephemeral: false,
    service: null,
    warnings: [],
    ...part,
  } as const;
  return { title: serverName(server), ...server };
}

/** A Minecraft server that tells of itself. */
export function sampleGame(part: Partial<RecognisedServer> = {}): RecognisedServer {
  const evidence = [{ kind: "program", detail: "paper-1.21.8.jar" }] as const;
  return sampleServer({
    port: 25565,
    process: {
      pid: 812,
      name: "java",
      commandLine: "java -Xmx4G -jar paper-1.21.8.jar nogui",
      program: { kind: "java", name: "paper-1.21.8.jar" },
    },
    title: "Minecraft: Java Edition",
    service: {
      id: "minecraft-java",
      name: "Minecraft: Java Edition",
      role: "game",
      confidence: "high",
      evidence,
    },
    details: { name: "Sunday world", players: 3, maxPlayers: 20, version: "1.21.8" },
    ...part,
  });
}

/** A mapping of two hours, half an hour old at `sampleTime`. */
export function sampleExposure(part: Partial<Exposure> = {}): Exposure {
  return {
    transport: "tcp",
    internalPort: 8080,
    state: "mapped",
    listening: true,
    protocol: "pcp",
    endpoint: { address: "198.51.100.7", port: 8080 },
    expiresAt: "2026-05-04T13:30:00.000Z",
    lifetime: 7200,
    error: null,
    finding: null,
    ...part,
  };
}

/** All well since a quarter of an hour before `sampleTime`. */
export function sampleName(part: Partial<Name> = {}): Name {
  return {
    fqdn: "home.example.org",
    account: "mine",
    provider: "duckdns",
    state: "visible",
    since: "2026-05-04T11:45:00.000Z",
    records: [
      {
        name: "home.example.org",
        type: "A",
        value: "198.51.100.7",
        ttl: 60,
        state: "published",
      },
    ],
    lastChange: "2026-05-04T11:45:00.000Z",
    nextAttempt: null,
    error: null,
    shares: [{ exposure: "tcp/8080", text: "home.example.org:8080" }],
    ...part,
  };
}

export function sampleAccount(part: Partial<AccountSetting> = {}): AccountSetting {
  return { id: "mine", provider: "duckdns", label: "", user: "", server: "", zone: "", ...part };
}

export function sampleNameSetting(part: Partial<NameSetting> = {}): NameSetting {
  return {
    fqdn: "home.example.org",
    account: "mine",
    exposures: "all",
    addresses: "both",
    ttl: 60,
    whenUnused: "remove",
    httpsRecord: false,
    webName: "",
    services: {},
    takeOver: false,
    ...part,
  };
}

export function sampleNetworkService(part: Partial<NetworkService> = {}): NetworkService {
  return {
    name: "Printer",
    type: "_ipp._tcp",
    transport: "tcp",
    port: 631,
    host: "printer",
    addresses: ["192.168.1.40"],
    ...part,
  };
}

export const sampleTime = Date.parse("2026-05-04T12:00:00.000Z");

export function sampleSnapshot(part: Partial<Snapshot> = {}): Snapshot {
  return {
    revision: 1,
    gateways: [sampleGateway()],
    servers: [],
    exposures: [],
    names: [],
    notices: [],
    settings: { theme: "system", gateway: null, accounts: [], names: [] },
    ...part,
  };
}
