/** A NAT-PMP gateway that does as it is told; its quirks are data. */
import type { Clock, UdpAddress } from "../../main/engine/environment.ts";
import {
  decodeNatPmpRequest,
  encodeNatPmpResponse,
  natPmpResults,
  type NatPmpRequest,
  type NatPmpResponse,
} from "../../main/engine/gateway/natpmp/codec.ts";
import type { Transport } from "../../shared/snapshot.ts";
import type { GatewayTransport, ReplySource } from "./transports.ts";

/** What happens to every reply until the script says otherwise. */
export interface NatPmpScript {
  silent: boolean;
  /** Requests still to be swallowed. */
  drop: number;
  /** Replies still to be lost, after the request was carried out. */
  loseReplies: number;
  /** Milliseconds before a reply goes out. */
  delay: number;
  /** Milliseconds of work that each mapping takes before that; all else waits for it. */
  work: number;
  copies: number;
  source: ReplySource;
  /** Result code for each question, e.g. `{ map: 4 }`. */
  results: { address?: number; map?: number };
  /** Bytes to which an error is cut. */
  errorLength: number | null;
  /** Answers in this version instead (2: a server of PCP alone). */
  version: number;
  refusesPortZero: boolean;
  truncatesPorts: boolean;
  maximumLifetime: number;
  epoch: (real: number) => number;
  spoil: (reply: Uint8Array) => Uint8Array;
}

export interface NatPmpMapping {
  readonly transport: Transport;
  readonly client: string;
  readonly internalPort: number;
  readonly externalPort: number;
  readonly lifetime: number;
  /** Milliseconds on the gateway's clock. */
  readonly expiresAt: number;
}

export interface FakeNatPmpOptions {
  readonly clock: Clock;
  readonly transport: GatewayTransport;
  readonly externalAddress?: string;
}

export class FakeNatPmpGateway {
  readonly script: NatPmpScript = {
    silent: false,
    drop: 0,
    loseReplies: 0,
    delay: 0,
    work: 0,
    copies: 1,
    source: "own",
    results: {},
    errorLength: null,
    version: 0,
    refusesPortZero: false,
    truncatesPorts: false,
    maximumLifetime: 86_400,
    epoch: (real) => real,
    spoil: (reply) => reply,
  };
  externalAddress: string;
  readonly received: { readonly at: number; readonly request: NatPmpRequest | null }[] = [];
  replies = 0;
  readonly #clock: Clock;
  readonly #transport: GatewayTransport;
  #mappings: readonly NatPmpMapping[] = [];
  #startedAt: number;
  #lastClient: UdpAddress | null = null;
  #doneAt = 0;

  constructor({ clock, transport, externalAddress = "203.0.113.7" }: FakeNatPmpOptions) {
    this.#clock = clock;
    this.#transport = transport;
    this.#startedAt = clock.monotonic();
    this.externalAddress = externalAddress;
    transport.onMessage((datagram, from) => this.#receive(datagram, from));
  }

  get address(): UdpAddress {
    return this.#transport.address;
  }

  /** What stands now. */
  get mappings(): readonly NatPmpMapping[] {
    const now = this.#clock.monotonic();
    return this.#mappings.filter(({ expiresAt }) => expiresAt > now);
  }

  /** Another host's mapping, for good. */
  putForeign(transport: Transport, port: number): void {
    const ports = { internalPort: port, externalPort: port };
    const client = "192.0.2.99";
    const forever = { lifetime: 0xffff_ffff, expiresAt: Infinity };
    this.#mappings = [...this.mappings, { transport, client, ...ports, ...forever }];
  }

  /** Loses all mappings and starts a new epoch, silently. */
  reboot(): void {
    this.#mappings = [];
    this.#startedAt = this.#clock.monotonic();
  }

  /** The announcement of its address (RFC 6886 §3.2.1) as its bytes; the caller brings it to the client. */
  announcement(): Uint8Array {
    return encodeNatPmpResponse(this.#addressResponse());
  }

  /** Sends bytes of our own making to whoever asked last. */
  sendToLastClient(bytes: Uint8Array): void {
    if (this.#lastClient !== null) this.#send(bytes, this.#lastClient);
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  #addressResponse(): NatPmpResponse {
    return { kind: "address", epoch: this.#epoch(), externalAddress: this.externalAddress };
  }

  #epoch(): number {
    return this.script.epoch(Math.floor((this.#clock.monotonic() - this.#startedAt) / 1000));
  }

  #receive(datagram: Uint8Array, from: UdpAddress): void {
    const { script } = this;
    const request = decodeNatPmpRequest(datagram);
    this.received.push({ at: this.#clock.monotonic(), request });
    this.#lastClient = from;
    if (script.silent || request === null) return;
    if (script.drop > 0) {
      script.drop -= 1;
      return;
    }
    const response = this.#answer(request, from.address);
    if (script.loseReplies > 0) {
      script.loseReplies -= 1;
      return;
    }
    let bytes = encodeNatPmpResponse(response);
    bytes[0] = script.version;
    if (response.kind === "error" && script.errorLength !== null) {
      bytes = bytes.slice(0, script.errorLength);
    }
    const reply = script.spoil(bytes);
    for (let copy = 0; copy < script.copies; copy += 1) {
      const delay = script.delay + this.#work(request.kind === "map");
      if (delay === 0) this.#send(reply, from);
      else this.#clock.after(delay, () => this.#send(reply, from));
    }
  }

  /** Milliseconds until all that came before is worked off, and this too. */
  #work(isMap: boolean): number {
    const now = this.#clock.monotonic();
    this.#doneAt = Math.max(this.#doneAt, now) + (isMap ? this.script.work : 0);
    return this.#doneAt - now;
  }

  #answer(request: NatPmpRequest, client: string): NatPmpResponse {
    const { script } = this;
    const epoch = this.#epoch();
    const to = request.kind === "address" ? "address" : request.transport;
    const internalPort = request.kind === "map" ? request.internalPort : null;
    const scripted = script.results[request.kind];
    if (scripted !== undefined) return { kind: "error", result: scripted, to, internalPort, epoch };
    if (request.kind === "address") return this.#addressResponse();
    const { transport, suggestedPort } = request;
    const same = (other: NatPmpMapping): boolean =>
      other.transport === transport &&
      other.client === client &&
      other.internalPort === request.internalPort;
    if (request.lifetime === 0) {
      this.#mappings = this.mappings.filter((other) => !same(other));
      const gone = { internalPort: request.internalPort, externalPort: 0, lifetime: 0 };
      return { kind: "map", epoch, transport, ...gone };
    }
    if (suggestedPort === 0 && script.refusesPortZero) {
      const result = natPmpResults.OUT_OF_RESOURCES;
      return { kind: "error", result, to, internalPort, epoch };
    }
    const lifetime = Math.min(request.lifetime, script.maximumLifetime);
    const held = this.mappings.find(same)?.externalPort;
    const mapping: NatPmpMapping = {
      transport,
      client,
      internalPort: request.internalPort,
      externalPort: held ?? this.#freePort(transport, suggestedPort || 50_000),
      lifetime,
      expiresAt: this.#clock.monotonic() + lifetime * 1000,
    };
    this.#mappings = [...this.mappings.filter((other) => !same(other)), mapping];
    const cut = (port: number): number => (script.truncatesPorts ? port & 0xff : port);
    return {
      kind: "map",
      epoch,
      transport,
      internalPort: cut(mapping.internalPort),
      externalPort: cut(mapping.externalPort),
      lifetime: mapping.lifetime,
    };
  }

  #freePort(transport: Transport, wished: number): number {
    let port = wished;
    while (
      this.mappings.some((other) => other.transport === transport && other.externalPort === port)
    ) {
      port = port === 65_535 ? 1024 : port + 1;
    }
    return port;
  }

  #send(bytes: Uint8Array, to: UdpAddress): void {
    this.replies += 1;
    this.#transport.send(bytes, to, this.script.source);
  }
}
