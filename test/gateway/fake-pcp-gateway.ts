/**
 * A PCP gateway that does as it is told. Without a script it is the honest server of main/demo; the script says how
 * its replies are lost, delayed, repeated or spoiled on their way out.
 */
import { PcpServer } from "../../main/demo/pcp-server.ts";
import type { OpenPort, PortWish } from "../../main/demo/port-wish.ts";
import type { Clock, UdpAddress } from "../../main/engine/environment.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from "../../main/engine/gateway/pcp/codec.ts";
import { opcodeOf, protocolNumbers, type Request } from "../../main/engine/gateway/pcp/messages.ts";
import type { Spoil } from "./replies.ts";
import type { GatewayTransport, ReplySource } from "./transports.ts";

/** What happens to every reply until the script says otherwise. */
export interface GatewayScript {
  /** Answers nothing. */
  silent: boolean;
  /** Requests still to be swallowed, as if lost before they came. */
  drop: number;
  /** Requests that are swallowed, as if lost before they came. */
  loses: (request: Request) => boolean;
  /** Replies still to be lost, after the request was carried out. */
  loseReplies: number;
  /** Milliseconds before a reply goes out. */
  delay: number;
  /** Milliseconds of work that each MAP takes before that; all else waits for it. */
  work: number;
  /** How often each reply is sent. */
  copies: number;
  source: ReplySource;
  /** Result code for every MAP, which is not carried out then. */
  refuses: number | null | ((request: Request) => number | null);
  /**
   * FILTER (§13.3) that is not acted on although the answer is a success: "echoed" comes back in it; "left-out" does not,
   * of a server that refuses it in a deletion as it should.
   */
  filters: "echoed" | "left-out" | null;
  /** Applied in order; to ANNOUNCE replies only when `spoilsAnnounce`. */
  spoil: readonly Spoil[];
  spoilsAnnounce: boolean;
  /** The epoch that goes out, from the true one, both in seconds. */
  epoch: (real: number) => number;
}

export interface ReceivedRequest {
  /** Milliseconds on the gateway's clock. */
  readonly at: number;
  readonly from: UdpAddress;
  readonly bytes: Uint8Array;
  /** Null when it is no valid PCP request. */
  readonly request: Request | null;
}

export interface FakeGatewayOptions {
  readonly clock: Clock;
  readonly transport: GatewayTransport;
  readonly externalAddress?: string;
}

export class FakePcpGateway {
  readonly script: GatewayScript = {
    silent: false,
    drop: 0,
    loses: () => false,
    loseReplies: 0,
    delay: 0,
    work: 0,
    copies: 1,
    source: "own",
    refuses: null,
    filters: null,
    spoil: [],
    spoilsAnnounce: false,
    epoch: (real) => real,
  };
  /** Options that it acts on besides PREFER_FAILURE. */
  readonly knows = new Set<"third-party" | "filter" | "port-set">();
  readonly server: PcpServer;
  readonly received: ReceivedRequest[] = [];
  /** The address under which a router between makes every client appear; null: there is none. */
  seesAs: string | null = null;
  /** The external port that every PEER gets; null: it knows no PEER. */
  peerPort: number | null = null;
  /** Replies that went out, spoiled ones and copies included. */
  replies = 0;
  readonly #clock: Clock;
  readonly #transport: GatewayTransport;
  readonly #taken = new Set<string>();
  #lastClient: UdpAddress | null = null;
  #doneAt = 0;

  constructor({ clock, transport, externalAddress = "203.0.113.7" }: FakeGatewayOptions) {
    this.#clock = clock;
    this.#transport = transport;
    this.server = new PcpServer({
      externalAddress,
      startedAt: clock.monotonic(),
      knows: this.knows,
      openPort: (wish) => Promise.resolve(this.#open(wish)),
    });
    transport.onMessage((datagram, from) => void this.#receive(datagram, from));
  }

  get address(): UdpAddress {
    return this.#transport.address;
  }

  /** MAP requests received, lost ones included. */
  get maps(): readonly ReceivedRequest[] {
    return this.received.filter(({ request }) => request?.body.opcode === "map");
  }

  get announces(): readonly ReceivedRequest[] {
    return this.received.filter(({ request }) => request?.body.opcode === "announce");
  }

  /** Another program holds this external port. */
  occupy(transport: "tcp" | "udp", port: number): void {
    this.#taken.add(`${transport} ${port}`);
  }

  /** Another host's mapping, for a day. */
  async putForeign(transport: "tcp" | "udp", port: number): Promise<void> {
    const clientAddress = "192.0.2.99";
    const request: Request = {
      clientAddress,
      lifetime: 86_400,
      options: [],
      body: {
        opcode: "map",
        nonce: new Uint8Array(12).fill(0x99),
        protocol: protocolNumbers[transport],
        internalPort: port,
        externalPort: port,
        externalAddress: this.server.externalAddress,
      },
    };
    const from = { address: clientAddress, port: 9 };
    await this.server.handle(encodeRequest(request), from, this.#clock.monotonic());
  }

  /** Loses all mappings and starts a new epoch, silently. */
  reboot(): void {
    this.server.reset(this.#clock.monotonic());
  }

  /** Sends a reply of our own making to whoever asked last. */
  sendToLastClient(bytes: Uint8Array): void {
    if (this.#lastClient !== null) this.#send(bytes, this.#lastClient);
  }

  /** An unsolicited ANNOUNCE (§14.1.3) as its bytes; the caller brings it to the client. */
  announcement(): Uint8Array {
    const epoch = this.#epoch();
    return encodeResponse({
      body: { opcode: "announce" },
      result: 0,
      lifetime: 0,
      epoch,
      options: [],
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  #epoch(): number {
    return this.script.epoch(this.server.epoch(this.#clock.monotonic()));
  }

  #open({ transport, suggestedPort, exact }: PortWish): OpenPort | null {
    let port = suggestedPort === 0 ? 50_000 : suggestedPort;
    while (this.#taken.has(`${transport} ${port}`)) {
      if (exact) return null;
      port = port === 65_535 ? 1024 : port + 1;
    }
    const key = `${transport} ${port}`;
    this.#taken.add(key);
    return { externalPort: port, close: () => this.#taken.delete(key) };
  }

  async #receive(bytes: Uint8Array, from: UdpAddress): Promise<void> {
    const { script } = this;
    const decoded = decodeRequest(bytes);
    const request = decoded.kind === "request" ? decoded.request : null;
    this.received.push({ at: this.#clock.monotonic(), from, bytes: bytes.slice(), request });
    this.#lastClient = from;
    if (script.silent) return;
    if (request !== null && script.loses(request)) return;
    if (script.drop > 0) {
      script.drop -= 1;
      return;
    }
    const refuses =
      typeof script.refuses !== "function"
        ? script.refuses
        : request === null
          ? null
          : script.refuses(request);
    const source = this.seesAs === null ? from : { ...from, address: this.seesAs };
    const refusal =
      refuses !== null && request?.body.opcode === "map"
        ? encodeResponse({ ...request, result: refuses, lifetime: 30, epoch: this.#epoch() })
        : null;
    const reply =
      refusal ?? this.#peerReply(request) ?? (await this.#answer(bytes, request, source));
    if (reply === null) return;
    if (script.loseReplies > 0) {
      script.loseReplies -= 1;
      return;
    }
    const announce = request !== null && opcodeOf(request.body) === 0;
    const spoiled =
      announce && !script.spoilsAnnounce
        ? this.#withEpoch(reply)
        : script.spoil.reduce((bytes, spoil) => spoil(bytes), this.#withEpoch(reply));
    for (let copy = 0; copy < script.copies; copy += 1) {
      const delay = script.delay + this.#work(request?.body.opcode === "map");
      if (delay === 0) this.#send(spoiled, from);
      else this.#clock.after(delay, () => this.#send(spoiled, from));
    }
  }

  async #answer(
    bytes: Uint8Array,
    request: Request | null,
    source: UdpAddress,
  ): Promise<Uint8Array | null> {
    const { filters } = this.script;
    const now = this.#clock.monotonic();
    const asked = request?.options.filter(({ name }) => name === "filter") ?? [];
    const honest = filters === null || (filters === "left-out" && request?.lifetime === 0);
    if (request === null || asked.length === 0 || honest) {
      return this.server.handle(bytes, source, now);
    }
    const options = request.options.filter((option) => !asked.includes(option));
    const reply = await this.server.handle(encodeRequest({ ...request, options }), source, now);
    const decoded = reply === null ? null : decodeResponse(reply);
    if (filters === "left-out" || decoded?.kind !== "response") return reply;
    const { response } = decoded;
    return encodeResponse({ ...response, options: [...response.options, ...asked] });
  }

  /** Milliseconds until all that came before is worked off, and this too. */
  #work(isMap: boolean): number {
    const now = this.#clock.monotonic();
    this.#doneAt = Math.max(this.#doneAt, now) + (isMap ? this.script.work : 0);
    return this.#doneAt - now;
  }

  #peerReply(request: Request | null): Uint8Array | null {
    if (request?.body.opcode !== "peer" || this.peerPort === null) return null;
    const { externalAddress } = this.server;
    const body = { ...request.body, externalAddress, externalPort: this.peerPort };
    return encodeResponse({ ...request, body, result: 0, epoch: this.#epoch() });
  }

  #withEpoch(reply: Uint8Array): Uint8Array {
    const bytes = reply.slice();
    new DataView(bytes.buffer).setUint32(8, this.#epoch());
    return bytes;
  }

  #send(bytes: Uint8Array, to: UdpAddress): void {
    this.replies += 1;
    this.#transport.send(bytes, to, this.script.source);
  }
}
