/** The PCP client (RFC 6887) of one gateway. */
import type { Environment, UdpAddress } from "../../environment.ts";
import type {
  GatewayRef,
  LeaseKey,
  LeaseRequest,
  MapOutcome,
  PortMapper,
  Refusal,
  StateLoss,
  UnmapOutcome,
} from "../port-mapper.ts";
import { addressFamily, encodeAddress, sameAddress, unspecifiedAddress } from "./addresses.ts";
import { decodeResponse, encodeRequest } from "./codec.ts";
import { EpochWatch } from "./epoch.ts";
import { Exchange } from "./exchange.ts";
import { MapExchanges, type MapQuestion } from "./map-exchanges.ts";
import {
  type Body,
  opcodeOf,
  opcodes,
  PCP_SERVER_PORT,
  protocolNumbers,
  type Response,
} from "./messages.ts";
import {
  closedPortRefusal,
  otherVersionRefusal,
  refusalOf,
  unreachableRefusal,
} from "./refusal.ts";
import { resultCodes } from "./result-codes.ts";
import { probeSchedule, requestSchedule } from "./retransmission.ts";
import { ServerLink } from "./server-link.ts";

export interface PcpClientOptions {
  /** UDP port of its PCP server. */
  readonly port?: number;
}

export class PcpClient implements PortMapper {
  readonly protocol = "pcp";
  readonly #environment: Environment;
  readonly #server: UdpAddress;
  /** The address that it sees us under; null: that of our socket. */
  readonly #clientAddress: string | null;
  readonly #link: ServerLink;
  readonly #probes = new Set<Exchange<boolean>>();
  readonly #maps = new MapExchanges();
  readonly #epoch = new EpochWatch();
  readonly #stateLost: ((signal: StateLoss) => void)[] = [];
  #closed = false;

  /** Sends nothing yet. */
  constructor(
    environment: Environment,
    { address, clientAddress, localAddress }: GatewayRef,
    { port = PCP_SERVER_PORT }: PcpClientOptions = {},
  ) {
    this.#environment = environment;
    this.#server = { address, port };
    this.#clientAddress = clientAddress ?? null;
    this.#link = new ServerLink({
      environment,
      server: this.#server,
      ...(localAddress !== undefined && { localAddress }),
      onMessage: (datagram) => this.#received(datagram),
      onError: (code) => this.#failed(code),
    });
  }

  /** Asks with ANNOUNCE (§14.1.1); any answer in version 2 means that PCP is spoken, even an error. */
  probe(signal: AbortSignal): Promise<boolean> {
    const exchange = new Exchange<boolean>({
      environment: this.#environment,
      signal,
      schedule: probeSchedule,
      transmit: () => this.#transmit(exchange, { opcode: "announce" }, 0),
      onEnd: () => this.#probes.delete(exchange),
    });
    this.#probes.add(exchange);
    return this.#begin(exchange);
  }

  map(request: LeaseRequest, signal: AbortSignal): Promise<MapOutcome> {
    const exchange = new Exchange<MapOutcome>({
      environment: this.#environment,
      signal,
      // §11.2.1: a renewal is one datagram; its schedule is that of the renewals.
      schedule: request.renewal === true ? null : requestSchedule,
      transmit: () => this.#transmit(exchange, this.#mapBody(request, request), request.lifetime),
      onEnd: () => this.#maps.remove(question, true),
    });
    const question: MapQuestion = { kind: "map", key: request, exchange };
    this.#maps.add(question);
    return this.#begin(exchange);
  }

  unmap(key: LeaseKey, signal: AbortSignal): Promise<UnmapOutcome> {
    const exchange = new Exchange<UnmapOutcome>({
      environment: this.#environment,
      signal,
      schedule: requestSchedule,
      // §15.1: nothing is suggested when deleting.
      transmit: () => this.#transmit(exchange, this.#mapBody(key, null), 0),
      onEnd: () => this.#maps.remove(question, !signal.aborted),
    });
    const question: MapQuestion = { kind: "unmap", key, exchange };
    this.#maps.add(question);
    return this.#begin(exchange);
  }

  onStateLost(listener: (signal: StateLoss) => void): void {
    this.#stateLost.push(listener);
  }

  /**
   * An unsolicited ANNOUNCE (§14.1.3): believed only from the server's own address and port, and acted on only
   * when its epoch shows a loss of state.
   */
  announced(datagram: Uint8Array, from: UdpAddress): void {
    if (from.port !== this.#server.port || !sameAddress(from.address, this.#server.address)) return;
    const decoded = decodeResponse(datagram);
    if (decoded.kind !== "response") return;
    const { body, result, epoch } = decoded.response;
    if (body.opcode === "announce" && result === resultCodes.SUCCESS)
      this.#observe(epoch, "announce");
  }

  /** Routes or addresses of this PC changed: the next datagram goes out by a new socket. */
  networkChanged(): void {
    this.#link.reset();
  }

  close(): void {
    this.#closed = true;
    const reason = new Error("the PCP client was closed");
    for (const probe of this.#probes) probe.fail(reason);
    this.#maps.failAll(reason);
    this.#link.close();
    this.#stateLost.length = 0;
  }

  #begin<T>(exchange: Exchange<T>): Promise<T> {
    if (this.#closed) exchange.fail(new Error("the PCP client was closed"));
    else exchange.start();
    return exchange.promise;
  }

  #transmit<T>(exchange: Exchange<T>, body: Body, lifetime: number): void {
    void this.#link.send((localAddress) => {
      if (exchange.over) return null;
      // §8.1: the server compares it with the source it sees, and answers ADDRESS_MISMATCH where they differ.
      const clientAddress = this.#clientAddress ?? localAddress;
      return encodeRequest({ body, lifetime, clientAddress, options: [] });
    });
  }

  #mapBody(
    { nonce, transport, internalPort }: LeaseKey,
    suggestion: Pick<LeaseRequest, "suggestedPort" | "suggestedAddress"> | null,
  ): Body {
    const wished = suggestion?.suggestedAddress ?? null;
    // The family of "any address" is that of the mapping wanted (§11.1).
    const any = unspecifiedAddress(addressFamily(this.#server.address));
    return {
      opcode: "map",
      nonce,
      protocol: protocolNumbers[transport],
      internalPort,
      externalPort: suggestion?.suggestedPort ?? 0,
      externalAddress: wished !== null && encodeAddress(wished) !== null ? wished : any,
    };
  }

  #received(datagram: Uint8Array): void {
    const decoded = decodeResponse(datagram);
    switch (decoded.kind) {
      case "invalid":
        this.#environment.log.debug("pcp reply ignored", { reason: decoded.reason });
        return;
      case "other-version":
        return this.#refuseAll(otherVersionRefusal(decoded.version));
      case "response":
        return this.#responded(decoded.response);
    }
  }

  #responded(response: Response): void {
    const { body, result } = response;
    if (opcodeOf(body) === opcodes.ANNOUNCE) {
      if (this.#probes.size === 0) return;
      for (const probe of this.#probes) probe.settle(true);
      this.#observe(response.epoch, "epoch");
    } else if (body.opcode === "map") {
      const questions = this.#maps.matching(body);
      if (questions.length === 0) return;
      for (const question of questions) this.#maps.answer(question, response, body);
      this.#observe(response.epoch, "epoch");
    } else if (opcodeOf(body) === opcodes.MAP && result === resultCodes.UNSUPP_OPCODE) {
      // The only error without the nonce that is believed: a server that does not know MAP may not copy its fields.
      this.#maps.refuseAll(refusalOf(result, response.lifetime));
    }
  }

  #observe(epoch: number, signal: "epoch" | "announce"): void {
    if (this.#epoch.observe(epoch, this.#environment.clock.monotonic())) return;
    this.#environment.log.info("pcp epoch jumped", { epoch, signal });
    for (const listener of this.#stateLost) listener(signal);
  }

  #failed(code: string): void {
    if (code === "ECONNREFUSED") return this.#refuseAll(closedPortRefusal());
    // A probe goes on: the route may come back before its caller loses patience.
    this.#maps.refuseAll(unreachableRefusal(code));
  }

  /** The server does not speak PCP. */
  #refuseAll(refusal: Refusal): void {
    for (const probe of this.#probes) probe.settle(false);
    this.#maps.refuseAll(refusal);
  }
}
