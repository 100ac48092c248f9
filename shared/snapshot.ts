/**
 * The one model of what Homeport knows. The engine emits an immutable Snapshot after each change;
 * tray, window, headless output and tests all read this and nothing else.
 * Times are ISO 8601 strings in UTC, durations are seconds, ports are 1–65535.
 */
import type { NetworkChange } from "./changes.ts";
import type { NetworkInterface } from "./network-interface.ts";
import type { ProblemCode } from "./problems.ts";
import type { WarningName } from "./services/warnings.ts";
import type { PublicSettings } from "./settings.ts";

export type Transport = "tcp" | "udp";

export type MappingProtocol = "pcp" | "nat-pmp" | "upnp";

export interface Snapshot {
  /** Grows by one with each snapshot of a run; a reader ignores what is not newer than what it has. */
  readonly revision: number;
  readonly gateways: readonly Gateway[];
  /** This PC's connections to the internet, the system's preferred one first; absent before they were looked up. */
  readonly interfaces?: readonly NetworkInterface[];
  /** What a server on the internet sees of the first gateway; absent while none is to be asked. */
  readonly outside?: Outside;
  readonly servers: readonly RecognisedServer[];
  /** What other devices announce in the local network; absent while nothing was heard. */
  readonly network?: readonly NetworkService[];
  readonly exposures: readonly Exposure[];
  /** What changed in the way to this PC, newest first. */
  readonly changes?: readonly NetworkChange[];
  readonly names: readonly Name[];
  /** Where passwords and tokens are kept; absent where nothing can be chosen, or it is not known yet. */
  readonly secretStorage?: SecretStorage;
  readonly notices: readonly Notice[];
  readonly settings: PublicSettings;
}

/** `session`: until the app quits. `file`: private to the user, but not encrypted, as the user chose. */
export type SecretStorage = "keychain" | "session" | "file";

export interface Gateway {
  /** IP address by which this PC reaches the gateway. */
  readonly address: string;
  /** Mapping protocols that answered, best first; empty while unknown or when none answered. */
  readonly protocols: readonly MappingProtocol[];
  /** The gateway's address towards the internet, once a mapping told it. */
  readonly externalAddress: string | null;
  readonly state: "probing" | "answering" | "silent";
  /**
   * Its part: this PC's own router (absent says the same), its IPv6 firewall, the router before it, or a server that
   * was named beside the first.
   */
  readonly way?: "ipv4" | "ipv6" | "upstream" | "further";
}

/** The view from the internet, by the server that the user chose. */
export interface Outside {
  /** Host and port. */
  readonly server: string;
  /** The IPv4 address that it sees this PC come from; null while it is not known. */
  readonly address: string | null;
  /** When it was seen. */
  readonly at: string | null;
  /** What is wrong where the gateway tells another address; null where it is the same, or nothing can be compared. */
  readonly finding: Problem | null;
  /** Why the last question came to nothing. */
  readonly error: Problem | null;
}

/** A program that listens on this PC: one transport and port of one process. */
export interface Server {
  readonly transport: Transport;
  readonly port: number;
  /** Bind addresses, `0.0.0.0` and `::` for all; sorted. */
  readonly addresses: readonly string[];
  /** Who can reach it before anything is exposed: other devices, or only this PC. */
  readonly scope: "network" | "loopback";
  /** The widest of its bind addresses; absent where the adapter does not tell. */
  readonly bind?: Bind;
  /** Null where the system does not let us see the owner. */
  readonly process: ServerProcess | null;
  /** True for a UDP socket on a port the system picked: most likely a client, not a server. */
  readonly ephemeral: boolean;
}

export interface Bind {
  /** `link-local` reaches one network segment only, `vpn` the members of a VPN only. */
  readonly kind: "all" | "interface" | "vpn" | "link-local" | "loopback";
  /** Names of the interfaces it is bound to; empty for `all`, `loopback` and addresses that are gone. */
  readonly interfaces: readonly string[];
}

export interface ServerProcess {
  readonly pid: number;
  readonly name: string;
  readonly commandLine: string;
  /** Path of the program's file, which it cannot forge as it can its name; absent where hidden. */
  readonly executable?: string;
  readonly workingDirectory?: string;
  /** Id of the container it runs in. */
  readonly container?: string;
  /** What really serves, where the process itself is an interpreter, a compatibility layer or a proxy. */
  readonly program?: Program;
}

export interface Program {
  readonly kind: "java" | "node" | "dotnet" | "python" | "wine" | "container" | "wsl" | "proxy";
  /** Script, archive, main class or module, e.g. `server.jar`; of a proxy the name of the process behind it, or its target. */
  readonly name: string;
  /** Command line of the process behind a proxy, where it can be seen. */
  readonly commandLine?: string;
  /** Where a proxy leads. */
  readonly target?: { readonly address: string; readonly port: number };
}

/** A Server with what Homeport made out of it. */
export interface RecognisedServer extends Server {
  /** Null where nothing was recognised, which is better than a guess. */
  readonly service: RecognisedService | null;
  /** What to call it: the service, else the page's or the program's own name. */
  readonly title: string;
  /** Why it should not be reachable from outside; texts are in shared/services/warnings.ts. */
  readonly warnings: readonly WarningName[];
  /** What the running server told of itself; absent while it told nothing. */
  readonly details?: ServerDetails;
  /** What it, or another program of this PC, announces of it in the local network; absent where nobody does. */
  readonly announced?: Pick<NetworkService, "name" | "type" | "txt">;
  /** Of this and earlier runs; absent for client sockets. */
  readonly history?: ServerTimes;
}

export interface ServerTimes {
  readonly firstSeen: string;
  /** When it was last seen before it came this time; null where this is the first. */
  readonly lastSeen: string | null;
  /** When it was last opened or closed to the internet; null when it never was. */
  readonly lastExposed: string | null;
}

export interface RecognisedService {
  /** Of the catalogue in shared/services/. */
  readonly id: string;
  readonly name: string;
  /** Which of the service's ports it is; null where nothing says. */
  readonly role: string | null;
  readonly confidence: "low" | "medium" | "high";
  readonly evidence: readonly Evidence[];
}

/** One reason for a recognition, e.g. the process's name or the line of a configuration. */
export interface Evidence {
  readonly kind:
    | "process"
    | "program"
    | "command-line"
    | "path"
    | "configuration"
    | "port"
    | "answer"
    | "announcement"
    | "user";
  readonly detail: string;
}

/** The server's own words, on one line each; null where it does not say. */
export interface ServerDetails {
  readonly name: string | null;
  readonly players: number | null;
  readonly maxPlayers: number | null;
  readonly version: string | null;
  /**
   * Its own picture, PNG or ICO of at most 32 KiB as a `data:` URI; absent or null where it shows none. Left out of
   * what runs without a screen prints.
   */
  readonly icon?: string | null;
}

/** Announced by mDNS; in its own words, which nobody proved. */
export interface NetworkService {
  readonly name: string;
  /** E.g. `_http._tcp`. */
  readonly type: string;
  readonly transport: Transport;
  readonly port: number;
  /** Without `.local`; null where it does not say. */
  readonly host: string | null;
  readonly addresses: readonly string[];
  /** What it tells of itself (TXT, RFC 6763 §6), e.g. `path`; keys in lower case, absent where it tells nothing. */
  readonly txt?: Readonly<Record<string, string>>;
  /** Why services of its kind should not be reachable from outside; absent where nothing is known against it. */
  readonly warnings?: readonly WarningName[];
}

type ExposureState =
  | "mapping"
  | "mapped"
  | "failed"
  | "withdrawing"
  /** Opened when the server runs; what may still stand on the gateway is being removed. */
  | "waiting";

/** The user's wish that a Server be reachable, and how far it has come. */
export interface Exposure {
  readonly transport: Transport;
  readonly internalPort: number;
  readonly state: ExposureState;
  /** True where it is open only while its server runs; absent: whatever runs. */
  readonly whileRunning?: boolean;
  /** True where it ends with its server and is not kept; absent: it lasts until it is withdrawn. */
  readonly session?: boolean;
  /** The only visitors that are let in, e.g. `198.51.100.7` or `2001:db8::/32`; absent: everybody. */
  readonly sources?: readonly string[];
  /** Why what listens there now should not be reachable from outside; absent while nothing speaks against it. */
  readonly warnings?: readonly WarningName[];
  /** True while a program of this PC listens on the internal port; false for another device, of which that is not known. */
  readonly listening: boolean;
  readonly protocol: MappingProtocol | null;
  readonly endpoint: Endpoint | null;
  /** When the gateway forgets the mapping unless it is renewed; null also where it lasts until it is deleted. */
  readonly expiresAt: string | null;
  /** Seconds the gateway granted at `expiresAt` minus this; the full ring. */
  readonly lifetime: number | null;
  /** Why it is not open, or what is wrong although it is. */
  readonly error: Problem | null;
  /**
   * What the external address and port tell of the line: why visitors cannot get through although the router opened the
   * port, or that the line owns few numbers (see `barrierOf`); null when there is nothing to tell.
   */
  readonly finding: Problem | null;
  /** The device of the local network that it is on; absent: this PC. */
  readonly host?: string;
  /** Further ports of the same server, open with it, all or none; absent when there are none. */
  readonly block?: readonly BlockPort[];
  /** The way in over IPv6, where a router only has to let through; absent where the PC or its server has no IPv6. */
  readonly ipv6?: Mapping;
  /** On the router before this PC's own one, where two stand in a row; `endpoint` is the outer one then. */
  readonly upstream?: Mapping;
  /**
   * On each server that was named beside the first (RFC 7488 §4); absent where there is one alone. `endpoint` is that of
   * the first which leads to the internet.
   */
  readonly further?: readonly Mapping[];
}

/** A port that is open together with another one of the same server. */
export interface BlockPort {
  readonly transport: Transport;
  readonly internalPort: number;
  readonly endpoint: Endpoint | null;
}

/** One lease on one gateway, beside the one that an Exposure is named by. */
export interface Mapping {
  readonly state: ExposureState;
  /** Address of the gateway; null while there is none. */
  readonly gateway: string | null;
  readonly protocol: MappingProtocol | null;
  readonly endpoint: Endpoint | null;
  readonly expiresAt: string | null;
  /** Seconds granted. */
  readonly lifetime: number | null;
  readonly error: Problem | null;
}

/** Where the outside reaches an Exposure. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export type NameState =
  /** Something is to be written, or there is nothing to lead to yet. */
  | "planned"
  | "writing"
  /** The provider accepted it; the authoritative servers do not all say so yet. */
  | "published"
  /** All authoritative servers that answer say what we want. */
  | "visible"
  /** It cannot be told now what it should be; what stands is left. */
  | "stale"
  /** Nothing happens until the user does something. */
  | "blocked"
  /** It failed and is tried again. */
  | "error";

/** A DNS name that leads to Exposures, and how far its records have come. */
export interface Name {
  readonly fqdn: string;
  /** Id of the account that writes it. */
  readonly account: string;
  readonly provider: string;
  readonly state: NameState;
  readonly since: string;
  /** What is wanted, or still stands although it is not wanted any more. */
  readonly records: readonly NameRecord[];
  /** When the provider last accepted a change. */
  readonly lastChange: string | null;
  /** Until when resolvers may still tell what stood there before; absent or null when none is known to. */
  readonly cachedUntil?: string | null;
  readonly nextAttempt: string | null;
  readonly error: Problem | null;
  /** What friends type, by exposure (`tcp/25565`). */
  readonly shares: readonly { readonly exposure: string; readonly text: string }[];
}

export interface NameRecord {
  readonly name: string;
  /** E.g. `A`, `SRV`. */
  readonly type: string;
  /** As in a zone file, names without their final dot. */
  readonly value: string;
  /** Seconds. */
  readonly ttl: number;
  /** `planned` is not written yet, `removing` is to be taken away. */
  readonly state: "planned" | "published" | "removing";
}

/** What would be written for a name as things are now. */
export interface NamePreview {
  /** All `planned`. */
  readonly records: readonly NameRecord[];
  readonly shares: Name["shares"];
  /** Why something is left out. */
  readonly problems: readonly Problem[];
}

export interface Problem {
  readonly code: ProblemCode;
  /** A plain sentence for a person. */
  readonly message: string;
}

/** Something the user should know that belongs to no single exposure. */
export interface Notice {
  readonly id: string;
  readonly level: "info" | "warning";
  readonly message: string;
}
