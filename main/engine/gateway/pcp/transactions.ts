/**
 * Requests to one server and the answers to them: what is open, what is sent when, and which datagram is believed.
 * What the answers mean is the client's business.
 */
import type { Environment, UdpAddress } from "../../environment.ts";
import type { GatewayRef, OnQueued, Refusal, StateLoss } from "../port-mapper.ts";
import type { ProbePace } from "../probe-pace.ts";
import { sameSource } from "../../addresses.ts";
import { decodeResponse, encodeRequest, type OtherVersion } from "./codec.ts";
import { EpochWatch } from "./epoch.ts";
import { Exchange } from "./exchange.ts";
import { LifeSign } from "./life-sign.ts";
import { type MappingBody, opcodeOf, opcodes, type Request, type Response } from "./messages.ts";
import type { Option } from "./options.ts";
import { type Answer, type Question, Questions } from "./questions.ts";
import {
  closedPortRefusal,
  otherVersionRefusal,
  refusalOf,
  unreachableRefusal,
} from "./refusal.ts";
import { LONG_ERROR_LIFETIME, resultCodes } from "./result-codes.ts";
import { probeSchedule, requestSchedule } from "./retransmission.ts";
import { AnnouncementCheck } from "../announcement-check.ts";
import { ServerLink } from "../server-link.ts";
import { Turns } from "../turns.ts";
import { VersionMemory } from "./version-memory.ts";

/** A MAP or PEER request, as it is to be sent. */
export interface Plan {
  readonly kind: Question["kind"];
  readonly key: Question["key"];
  /** Of a PEER request. */
  readonly remote?: UdpAddress;
  /** Seconds to ask for; 0 deletes. */
  readonly lifetime: number;
  readonly body: MappingBody;
  /** What goes with it, from the address that the server sees us under. */
  readonly options: (own: string) => readonly Option[];
  /** Sent a single time: the next one is timed by the caller (§11.2.1). */
  readonly once?: boolean;
}

/** Enough for a server that answers at once. */
const AT_ONCE = 4;
/** Milliseconds without an answer after which the next one need not wait any longer. */
const LONGEST_TURN = 4000;

export class Transactions {
  readonly #environment: Environment;
  readonly #server: UdpAddress;
  /** The address that it sees us under; null: that of our socket. */
  readonly #clientAddress: string | null;
  readonly #link: ServerLink;
  readonly #probes = new Set<Exchange<boolean>>();
  readonly #questions = new Questions();
  readonly #lifeSign: LifeSign;
  readonly #turns: Turns;
  readonly #epoch = new EpochWatch();
  readonly #announcements: AnnouncementCheck;
  readonly #version: VersionMemory;
  readonly #onStateLost: (signal: StateLoss) => void;
  #closed = false;

  constructor(
    environment: Environment,
    { address, clientAddress, localAddress }: GatewayRef,
    port: number,
    onStateLost: (signal: StateLoss) => void,
  ) {
    this.#environment = environment;
    this.#server = { address, port };
    this.#clientAddress = clientAddress ?? null;
    this.#onStateLost = onStateLost;
    this.#version = new VersionMemory(environment.clock);
    this.#turns = new Turns({
      clock: environment.clock,
      atOnce: AT_ONCE,
      longest: LONGEST_TURN,
    });
    this.#announcements = new AnnouncementCheck(environment.clock, (signal) => this.probe(signal));
    this.#lifeSign = new LifeSign(environment.clock, () => this.#announce({ over: false }));
    this.#link = new ServerLink({
      environment,
      server: this.#server,
      ...(localAddress !== undefined && { localAddress }),
      onMessage: (datagram) => this.#received(datagram),
      onError: (code) => this.#failed(code),
    });
  }

  /** Asks with ANNOUNCE (§14.1.1); any answer in version 2 means that PCP is spoken, even an error. */
  probe(signal: AbortSignal, pace?: ProbePace): Promise<boolean> {
    const exchange = new Exchange<boolean>({
      environment: this.#environment,
      signal,
      schedule: probeSchedule,
      ...(pace !== undefined && { pace }),
      transmit: () => this.#announce(exchange),
      onEnd: () => this.#probes.delete(exchange),
    });
    this.#probes.add(exchange);
    if (this.#version.refusal !== null) exchange.settle(false);
    return this.#begin(exchange);
  }

  /** Sends `plan` until it is answered. Rejects only with the signal's reason, or when closed. */
  ask(plan: Plan, signal: AbortSignal, onQueued?: OnQueued): Promise<Answer> {
    const { kind, key, remote, lifetime, body, once = false } = plan;
    const exchange = new Exchange<Answer>({
      environment: this.#environment,
      signal,
      schedule: once ? null : requestSchedule,
      onQueued,
      ...(!once && { turns: this.#turns, onBegin: () => this.#lifeSign.watch(exchange) }),
      transmit: () =>
        this.#send(exchange, (own) => {
          question.options = plan.options(own);
          return { body, lifetime, options: question.options };
        }),
      onEnd: () => {
        this.#lifeSign.forget(exchange);
        this.#questions.remove(question, !signal.aborted);
      },
    });
    const question: Question = {
      kind,
      key,
      ...(remote !== undefined && { remote }),
      options: [],
      exchange,
    };
    this.#questions.add(question);
    const { refusal } = this.#version;
    if (refusal !== null) exchange.settle(refusal);
    return this.#begin(exchange);
  }

  /** The address and port that we ask from; or the system's error. Rejects when closed. */
  async local(): Promise<UdpAddress | { readonly failed: string }> {
    const local = await this.#link.local();
    if (this.#closed) throw closed();
    return local;
  }

  /**
   * An unsolicited ANNOUNCE (§14.1.3): heard only from the server's own address and port, and a reason to ask
   * when its epoch shows a loss of state.
   */
  announced(datagram: Uint8Array, from: UdpAddress): void {
    if (from.port !== this.#server.port || !sameSource(from.address, this.#server.address)) return;
    const decoded = decodeResponse(datagram);
    if (decoded.kind !== "response") return;
    const { body, result, epoch } = decoded.response;
    if (body.opcode !== "announce" || result !== resultCodes.SUCCESS) return;
    this.#version.forget();
    if (this.#epoch.keeps(epoch, this.#environment.clock.monotonic())) return;
    this.#announcements.news();
  }

  /** The next datagram goes out by a new socket, perhaps to another server. */
  networkChanged(): void {
    this.#version.forget();
    this.#link.reset();
  }

  close(): void {
    this.#closed = true;
    this.#announcements.close();
    const reason = closed();
    for (const probe of this.#probes) probe.fail(reason);
    this.#questions.failAll(reason);
    this.#link.close();
  }

  #begin<T>(exchange: Exchange<T>): Promise<T> {
    if (this.#closed) exchange.fail(closed());
    exchange.start();
    return exchange.promise;
  }

  /** An ANNOUNCE request, unless the exchange that it is for is over. */
  #announce(exchange: { readonly over: boolean }): void {
    this.#send(exchange, () => ({ body: { opcode: "announce" }, lifetime: 0, options: [] }));
  }

  #send(
    exchange: { readonly over: boolean },
    compose: (own: string) => Omit<Request, "clientAddress">,
  ): void {
    void this.#link.send((localAddress) => {
      if (exchange.over) return null;
      // §8.1: the server compares it with the source it sees, and answers ADDRESS_MISMATCH where they differ.
      const clientAddress = this.#clientAddress ?? localAddress;
      return encodeRequest({ clientAddress, ...compose(clientAddress) });
    });
  }

  #received(datagram: Uint8Array): void {
    const decoded = decodeResponse(datagram);
    switch (decoded.kind) {
      case "invalid":
        this.#environment.log.debug("pcp reply ignored", { reason: decoded.reason });
        return;
      case "other-version":
        return this.#toldOtherVersion(decoded);
      case "response":
        return this.#responded(decoded.response);
    }
  }

  /** §9: any NAT-PMP answer, as old servers look at no version; of a PCP server, its UNSUPP_VERSION alone. */
  #toldOtherVersion({ version, result }: OtherVersion): void {
    if (version !== 0 && result !== resultCodes.UNSUPP_VERSION) return;
    // Nothing was asked: it is a late one, or somebody else's.
    if (this.#probes.size === 0 && this.#questions.size === 0) return;
    this.#version.note(version);
    this.#refuseAll(otherVersionRefusal(version, LONG_ERROR_LIFETIME));
  }

  #responded(response: Response): void {
    const { body, result } = response;
    if (opcodeOf(body) === opcodes.ANNOUNCE) {
      if (this.#probes.size === 0 && !this.#lifeSign.expected) return;
      for (const probe of this.#probes) probe.settle(true);
      this.#lifeSign.seen();
    } else if (body.opcode === "map" || body.opcode === "peer") {
      if (!this.#questions.answer(response, body)) return;
    } else {
      // The only error without the nonce that is believed: a server that does not know MAP may not copy its fields.
      const code = opcodeOf(body);
      if (result !== resultCodes.UNSUPP_OPCODE) return;
      const refusal = refusalOf(result, response.lifetime);
      if (code === opcodes.MAP) this.#questions.refuse("map", refusal);
      if (code === opcodes.PEER) this.#questions.refuse("peer", refusal);
      return;
    }
    this.#version.forget();
    this.#observe(response.epoch);
  }

  #observe(epoch: number): void {
    if (this.#epoch.observe(epoch, this.#environment.clock.monotonic())) return;
    const signal = this.#announcements.isAsking ? "announce" : "epoch";
    this.#environment.log.info("pcp epoch jumped", { epoch, signal });
    this.#onStateLost(signal);
  }

  #failed(code: string): void {
    if (code === "ECONNREFUSED") return this.#refuseAll(closedPortRefusal());
    // A probe goes on: the route may come back before its caller loses patience.
    this.#questions.refuseAll(unreachableRefusal(code));
  }

  /** The server does not speak PCP. */
  #refuseAll(refusal: Refusal): void {
    for (const probe of this.#probes) probe.settle(false);
    this.#questions.refuseAll(refusal);
  }
}

function closed(): Error {
  return new Error("the PCP client was closed");
}
