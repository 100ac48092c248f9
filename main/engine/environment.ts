/** The world as the engine sees it; all of it injected, so that tests run on a simulated clock and network. */
import type { InterfaceKind } from "../../shared/network-interface.ts";

export interface Clock {
  /** Wall clock, milliseconds since the epoch. Jumps when the user or NTP sets it. */
  now(): number;
  /** Monotonic clock, milliseconds; never goes back. Includes time asleep only where the system counts it. */
  monotonic(): number;
  /** Milliseconds since this PC started, its sleep included; absent where that is not known. */
  uptime?(): number;
  /** Runs `task` once after `delay` milliseconds; the answer cancels. Does not keep the process alive alone. */
  after(delay: number, task: () => void): Cancel;
}

export type Cancel = () => void;

export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** `length` cryptographically random bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

export interface UdpAddress {
  readonly address: string;
  readonly port: number;
}

/** One UDP socket. Nothing throws after `open`: a send that fails tells `onError`. */
export interface UdpSocket {
  /** The address and port the peer sees us under (before any NAT). */
  readonly local: UdpAddress;
  /** To the connected peer. */
  send(datagram: Uint8Array): void;
  onMessage(listener: (datagram: Uint8Array, from: UdpAddress) => void): void;
  /** E.g. ECONNREFUSED after an ICMP port unreachable, ENETUNREACH when the route is gone. */
  onError(listener: (error: NodeJS.ErrnoException) => void): void;
  close(): void;
}

export interface Network {
  /**
   * Opens a UDP socket connected to `peer`, so that the system picks the source address by its routes
   * and drops datagrams from elsewhere. Rejects with the system's error (ENETUNREACH, EHOSTUNREACH, …).
   * `localAddress`: our address to send from, instead of the system's choice.
   */
  connectUdp(peer: UdpAddress, localAddress?: string): Promise<UdpSocket>;
  /** The ways to the internet, the system's preferred one of each family first; empty when offline. */
  defaultRoutes(): Promise<readonly DefaultRoute[]>;
  /**
   * The IPv6 address of `interface` that visitors can be led to: global, and neither temporary (RFC 8981) nor
   * deprecated nor tentative. Null where it has none.
   */
  stableAddress6(interfaceName: string): Promise<string | null>;
  /** The IPv4 addresses of a host name, as the system resolves it. Rejects with the system's error (ENOTFOUND, …). */
  addresses4(hostName: string): Promise<readonly string[]>;
  /** The link-layer address of a neighbour, as `a0:36:9f:11:22:33`; null where it is not known. */
  linkAddress(address: string): Promise<string | null>;
  /**
   * The IPv4 address of the router behind `gateway`, on the way that is sent from `localAddress`; null leaves that to the
   * system. Null where it tells nobody. Nothing that is sent for it leaves that second router. Never rejects.
   */
  secondHop(gateway: string, localAddress: string | null): Promise<string | null>;
  /** PCP servers that DHCP named (RFC 7291), as far as the system shows what it was told. */
  pcpServers(): Promise<readonly PcpServerOption[]>;
}

/** A UDP socket that talks to anybody; what comes in is to be judged by its sender. */
export interface OpenUdpSocket {
  readonly local: UdpAddress;
  sendTo(datagram: Uint8Array, to: UdpAddress): void;
  onMessage(listener: (datagram: Uint8Array, from: UdpAddress) => void): void;
  onError(listener: (error: NodeJS.ErrnoException) => void): void;
  close(): void;
}

export type MulticastListener = Pick<OpenUdpSocket, "onMessage" | "onError" | "close">;

export interface OpenUdpOptions {
  /** Our address on the network it is for; multicast leaves by that interface. A free port is taken. */
  readonly address: string;
}

/** One HTTP/1.1 request over a connection of its own. Redirects are answers like any other, never followed. */
export interface HttpRequest {
  readonly method: string;
  /** `http:` with an IP literal as its host. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Our address to send from. */
  readonly localAddress?: string;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
  /** Bytes of the answer's body. */
  readonly maxBytes: number;
}

export type HttpOutcome =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** By their names in small letters; of several of one name the first. Absent: none. */
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
      /** Our end of the connection. */
      readonly localAddress: string;
    }
  | {
      readonly kind: "failed";
      /** `unreachable`: no connection. `broken`: it ended early or was no HTTP. */
      readonly reason: "unreachable" | "timeout" | "too-large" | "broken" | "aborted";
      /** The system's code or what was wrong. */
      readonly detail: string;
    };

export interface LocalAddress {
  readonly interface: string;
  readonly family: 4 | 6;
  readonly address: string;
  readonly prefixLength: number;
}

/** Who may send what to a listener for HTTP; everybody else is turned away unread. */
export interface HearHttpOptions {
  /** Our address to listen at; a free port is taken. */
  readonly address: string;
  /** The only address that is heard. */
  readonly peer: string;
  readonly method: string;
  readonly path: string;
  /** Bytes of the body. */
  readonly maxBytes: number;
}

export interface HeardRequest {
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpListener {
  /** Where it hears. */
  readonly url: string;
  close(): void;
}

export interface MulticastOptions {
  readonly group: string;
  readonly port: number;
}

/** What is needed of the local network beyond connected UDP. */
export interface Lan {
  /** Rejects with the system's error. */
  openUdp(options: OpenUdpOptions): Promise<OpenUdpSocket>;
  /**
   * Hears what is sent to `group` on any interface that is there now, beside other programs that do so too.
   * Rejects with the system's error.
   */
  listenMulticast(options: MulticastOptions): Promise<MulticastListener>;
  /** Never rejects. */
  http(request: HttpRequest, signal: AbortSignal): Promise<HttpOutcome>;
  /** Hears requests until it is closed; `answer` gives the HTTP status. Rejects with the system's error. */
  hearHttp(
    options: HearHttpOptions,
    answer: (request: HeardRequest) => number,
  ): Promise<HttpListener>;
  /** Addresses of this PC's interfaces that are up. */
  localAddresses(): readonly LocalAddress[];
}

/** A default route, or several that together are one: VPNs put 0.0.0.0/1 and 128.0.0.0/1 before it. */
export interface DefaultRoute {
  readonly family: 4 | 6;
  /** The router's address, a link-local one with its zone; null where the route needs none: a tunnel. */
  readonly gateway: string | null;
  readonly interface: string;
  readonly kind: InterfaceKind;
}

/** One PCP server. */
export interface PcpServerOption {
  readonly family: 4 | 6;
  /** The interface whose DHCP named it. */
  readonly interface: string;
  /** All of it (RFC 7488), in the order told. */
  readonly addresses: readonly string[];
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
}

export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly log: Logger;
}
