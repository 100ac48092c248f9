/** The PCP client (RFC 6887) of one gateway. */
import type { Environment, UdpAddress } from "../../environment.ts";
import type {
  GatewayRef,
  InquiryOutcome,
  LeaseKey,
  LeaseRequest,
  MapOutcome,
  OnQueued,
  PortMapper,
  Refusal,
  StateLoss,
  UnmapOutcome,
} from "../port-mapper.ts";
import type { ProbePace } from "../probe-pace.ts";
import { isLimited } from "../sources-refusal.ts";
import { addressFamily } from "../../addresses.ts";
import { encodeAddress, unspecifiedAddress } from "./addresses.ts";
import { filterQuestion, filterRefusal } from "./filter-proof.ts";
import { Inquiries } from "./inquiries.ts";
import {
  type Dispensable,
  mapOptions,
  offending,
  unfulfilled,
  unmapOptions,
} from "./map-options.ts";
import { type MapBody, PCP_SERVER_PORT, protocolNumbers } from "./messages.ts";
import { mapOutcome, type PeerGrant, peerOutcome, unmapOutcome } from "./outcomes.ts";
import type { Answer } from "./questions.ts";
import { unreachableRefusal } from "./refusal.ts";
import { resultCodes } from "./result-codes.ts";
import { type Plan, Transactions } from "./transactions.ts";

export interface PcpClientOptions {
  /** UDP port of its PCP server. */
  readonly port?: number;
}

/** A flow from this PC to one remote peer, for PEER (§12). */
export interface PeerRequest extends Pick<
  LeaseRequest,
  "transport" | "internalPort" | "nonce" | "suggestedPort" | "suggestedAddress" | "lifetime"
> {
  readonly remote: UdpAddress;
}

/** Milliseconds for which the removal of what nobody needs is tried; after that it ends by itself. */
const CLEAN_UP_FOR = 10_000;

export class PcpClient implements PortMapper {
  readonly protocol = "pcp";
  readonly #environment: Environment;
  readonly #server: Transactions;
  readonly #inquiries: Inquiries;
  /** The family of "any address" is that of the mapping wanted (§11.1). */
  readonly #anyAddress: string;
  readonly #stateLost: ((signal: StateLoss) => void)[] = [];
  /** Options that the server does not know, though they would be of use. */
  readonly #without = new Set<Dispensable>();

  /** Sends nothing yet. */
  constructor(
    environment: Environment,
    gateway: GatewayRef,
    { port = PCP_SERVER_PORT }: PcpClientOptions = {},
  ) {
    this.#environment = environment;
    this.#anyAddress = unspecifiedAddress(addressFamily(gateway.address));
    this.#server = new Transactions(environment, gateway, port, (signal) => this.#lost(signal));
    this.#inquiries = new Inquiries({
      random: environment.random,
      local: () => this.#server.local(),
      map: (request, signal) => this.map(request, signal),
      cleanUp: (key) => this.#cleanUp(key),
    });
  }

  probe(signal: AbortSignal, pace?: ProbePace): Promise<boolean> {
    return this.#server.probe(signal, pace);
  }

  /** Where not everybody is to be let in, it is asked first each time whether the server sees to that. */
  async map(request: LeaseRequest, signal: AbortSignal, onQueued?: OnQueued): Promise<MapOutcome> {
    const open = isLimited(request) ? await this.#filterRefusal(request, signal, onQueued) : null;
    if (open !== null) return open;
    const answer = await this.#ask(
      {
        kind: "map",
        key: request,
        lifetime: request.lifetime,
        body: this.#mapBody(request, request),
        options: (own) => mapOptions(request, own, this.#without),
        once: request.renewal === true,
      },
      signal,
      onQueued,
    );
    const outcome = mapOutcome(request, answer);
    if (outcome.kind === "refused" || answer.kind === "refused") return outcome;
    const refusal = unfulfilled(answer.sent, answer.response.options);
    if (refusal !== null) this.#cleanUp(request);
    return refusal ?? outcome;
  }

  async unmap(key: LeaseKey, signal: AbortSignal, onQueued?: OnQueued): Promise<UnmapOutcome> {
    const answer = await this.#ask(
      {
        kind: "unmap",
        key,
        lifetime: 0,
        // §15.1: nothing is suggested when deleting.
        body: this.#mapBody(key, null),
        options: (own) => unmapOptions(key, own, this.#without),
      },
      signal,
      onQueued,
    );
    // What lets in a few only is never asked for without its filters.
    if (isUndeletable(answer) && this.#anyAddress === "::" && !isLimited(key))
      await this.#shorten(key, signal);
    return unmapOutcome(key, answer);
  }

  /**
   * Asks what a flow to one remote peer looks like from outside, and to keep it without traffic (PEER, §12). Right for
   * a program that holds an outgoing connection of its own and would otherwise send keep-alives, or has to tell the
   * peer its external port; never to let visitors in, which is what `map` is for, nor merely to learn the external
   * address: the router may keep a rule for the flow which nobody can delete (§12.1 knows no deletion; miniupnpd
   * 2.3.1 keeps them until it restarts). Homeport itself makes no such flows. The same promises as `map`.
   */
  async peer(request: PeerRequest, signal: AbortSignal): Promise<PeerGrant | Refusal> {
    const { remote, lifetime } = request;
    const answer = await this.#server.ask(
      {
        kind: "peer",
        key: request,
        remote,
        lifetime,
        body: {
          ...this.#mapBody(request, request),
          opcode: "peer",
          remotePort: remote.port,
          remoteAddress: remote.address,
        },
        options: () => [],
      },
      signal,
    );
    return peerOutcome(answer);
  }

  /** The same promises as `map`; a crash leaves at most a lease of half a minute, or of the server's minimum. */
  inquire(signal: AbortSignal): Promise<InquiryOutcome> {
    return this.#inquiries.ask(signal);
  }

  onStateLost(listener: (signal: StateLoss) => void): void {
    this.#stateLost.push(listener);
  }

  announced(datagram: Uint8Array, from: UdpAddress): void {
    this.#server.announced(datagram, from);
  }

  networkChanged(): void {
    this.#without.clear();
    this.#server.networkChanged();
  }

  close(): void {
    this.#server.close();
    this.#stateLost.length = 0;
  }

  async #filterRefusal(
    { sources = [] }: LeaseKey,
    signal: AbortSignal,
    onQueued?: OnQueued,
  ): Promise<Refusal | null> {
    const local = await this.#server.local();
    signal.throwIfAborted();
    if ("failed" in local) return unreachableRefusal(local.failed);
    const { random } = this.#environment;
    const family = addressFamily(this.#anyAddress);
    const question = filterQuestion(sources, local, family, random);
    const answer = await this.#server.ask(question, signal, onQueued);
    return filterRefusal(answer);
  }

  /** Asks again where the server stumbles over an option that the request makes sense without. */
  async #ask(plan: Plan, signal: AbortSignal, onQueued?: OnQueued): Promise<Answer> {
    const answer = await this.#server.ask(plan, signal, onQueued);
    if (answer.kind === "refused") return answer;
    const option = offending(answer.response.result, answer.sent);
    if (option === null) return answer;
    this.#environment.log.info("pcp option left out from now on", { option });
    this.#without.add(option);
    return this.#ask(plan, signal, onQueued);
  }

  #mapBody(
    { nonce, transport, internalPort }: LeaseKey,
    suggestion: Pick<LeaseRequest, "suggestedPort" | "suggestedAddress" | "exactPort"> | null,
  ): MapBody {
    // §13.2 would refuse us for another address as well; it is the port alone that has to be exact.
    const wished = suggestion?.exactPort === true ? null : suggestion?.suggestedAddress;
    const isAddress = typeof wished === "string" && encodeAddress(wished) !== null;
    return {
      opcode: "map",
      nonce,
      protocol: protocolNumbers[transport],
      internalPort,
      externalPort: suggestion?.suggestedPort ?? 0,
      externalAddress: isAddress ? wished : this.#anyAddress,
    };
  }

  /**
   * miniupnpd 2.3.1 with nftables loses the nonce of a pinhole when it is renewed, and never deletes it after that
   * (`update_pinhole` in its nftpinhole.c). So it is renewed once more, for as short a time as the server gives.
   */
  async #shorten(key: LeaseKey, signal: AbortSignal): Promise<void> {
    const { internalPort } = key;
    await this.#ask(
      {
        kind: "map",
        key,
        lifetime: 1,
        body: this.#mapBody(key, { suggestedPort: internalPort, suggestedAddress: null }),
        options: (own) => unmapOptions(key, own, this.#without),
      },
      signal,
    );
  }

  /** Deletes what was granted and is of no use; where that fails, it ends with its lifetime. */
  #cleanUp(key: LeaseKey): void {
    const { clock, log } = this.#environment;
    const abort = new AbortController();
    const cancel = clock.after(CLEAN_UP_FOR, () => abort.abort(new Error("no answer")));
    this.unmap(key, abort.signal)
      .catch((error: unknown) => log.debug("pcp mapping left to end", { error: String(error) }))
      .finally(cancel);
  }

  #lost(signal: StateLoss): void {
    // Another server may have started there.
    this.#without.clear();
    for (const listener of this.#stateLost) listener(signal);
  }
}

function isUndeletable(answer: Answer): boolean {
  return answer.kind === "answered" && answer.response.result === resultCodes.NOT_AUTHORIZED;
}
