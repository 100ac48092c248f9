/** The NAT-PMP client (RFC 6886) of one gateway. */
import type { Environment, UdpAddress } from "../../environment.ts";
import { sameAddress } from "../../addresses.ts";
import { AnnouncementCheck } from "../announcement-check.ts";
import { ServerLink } from "../server-link.ts";
import type {
  GatewayRef,
  InquiryOutcome,
  LeaseKey,
  LeaseRequest,
  MapOutcome,
  OnQueued,
  PortMapper,
  StateLoss,
  UnmapOutcome,
} from "../port-mapper.ts";
import type { ProbePace } from "../probe-pace.ts";
import { isLimited, sourcesRefusal } from "../sources-refusal.ts";
import {
  decodeNatPmpResponse,
  encodeNatPmpRequest,
  NATPMP_SERVER_PORT,
  natPmpResults,
  type NatPmpResponse,
} from "./codec.ts";
import { NatPmpEpochWatch } from "./epoch.ts";
import type { NatPmpAnswer, Question } from "./question.ts";
import { QuestionQueue } from "./question-queue.ts";
import {
  cannotSendRefusal,
  closedRefusal,
  natPmpRefusal,
  otherHostRefusal,
  otherVersionRefusal,
  silentRefusal,
  uselessNatPmpGrant,
} from "./refusal.ts";

export interface NatPmpClientOptions {
  /** UDP port of its NAT-PMP server. */
  readonly port?: number;
}

/** Milliseconds for which a told external address counts as current. */
const ADDRESS_FRESH = 10_000;
/** Seconds; a longer grant is renewed as if it were this long. */
const LONGEST_LEASE = 86_400;

export class NatPmpClient implements PortMapper {
  readonly protocol = "nat-pmp";
  readonly #environment: Environment;
  readonly #server: UdpAddress;
  readonly #link: ServerLink;
  readonly #questions: QuestionQueue;
  readonly #epoch = new NatPmpEpochWatch();
  readonly #announcements: AnnouncementCheck;
  readonly #stateLost: ((signal: StateLoss) => void)[] = [];
  readonly #moved: ((address: string, signal: StateLoss) => void)[] = [];
  /** Deletions that were given up unanswered: their late answer must not pass for that to a new request. */
  readonly #givenUp = new Set<string>();
  #external: { readonly address: string; readonly at: number } | null = null;
  #otherVersion: number | null = null;

  /**
   * Sends nothing yet. The protocol names no client: what is mapped leads to whom the gateway sees, through a router
   * between just as well, and `clientAddress` is of no concern. It knows IPv4 alone (§1).
   */
  constructor(
    environment: Environment,
    { address, localAddress }: GatewayRef,
    { port = NATPMP_SERVER_PORT }: NatPmpClientOptions = {},
  ) {
    this.#environment = environment;
    this.#server = { address, port };
    this.#link = new ServerLink({
      environment,
      server: this.#server,
      ...(localAddress === undefined ? {} : { localAddress }),
      onMessage: (datagram) => this.#received(datagram),
      onError: (code) => this.#failed(code),
    });
    this.#questions = new QuestionQueue(environment, (asked) => {
      void this.#link.send(() => (asked.over ? null : encodeNatPmpRequest(asked.request)));
    });
    this.#announcements = new AnnouncementCheck(environment.clock, (signal) => this.probe(signal));
  }

  /** The external address as the gateway told it last; null before, and `0.0.0.0` while it has none. */
  get externalAddress(): string | null {
    return this.#external?.address ?? null;
  }

  /** Asks for the external address; any answer in version 0 but "unsupported version" is a yes. */
  async probe(signal: AbortSignal, pace?: ProbePace): Promise<boolean> {
    if (this.#server.address.includes(":")) return false;
    const answer = await this.#questions.ask({ kind: "address" }, signal, { pace });
    if (typeof answer === "string" || "failed" in answer) return false;
    return answer.kind !== "error" || answer.result !== natPmpResults.UNSUPPORTED_VERSION;
  }

  async map(request: LeaseRequest, signal: AbortSignal, onQueued?: OnQueued): Promise<MapOutcome> {
    if (request.host !== undefined) return otherHostRefusal();
    if (isLimited(request)) return sourcesRefusal("NAT-PMP lets in everybody");
    const mapping = this.#questions.ask(
      {
        kind: "map",
        transport: request.transport,
        internalPort: request.internalPort,
        // MikroTik refuses 0, "any port": https://github.com/tailscale/tailscale/issues/13785
        suggestedPort: request.suggestedPort || request.internalPort,
        lifetime: Math.max(1, request.lifetime),
      },
      signal,
      { onQueued },
    );
    const enough = new AbortController();
    const address = this.#currentAddress(AbortSignal.any([signal, enough.signal])).catch(
      (): null => null,
    );
    const answer = await mapping;
    if (typeof answer === "string" || "failed" in answer || answer.kind !== "map") {
      enough.abort();
      return this.#refusal(answer);
    }
    if (answer.lifetime === 0) return uselessNatPmpGrant("gateway-error", "granted for 0 seconds");
    if (answer.externalPort === 0) return uselessNatPmpGrant("gateway-error", "external port 0");
    const external = await address;
    signal.throwIfAborted();
    if (external === null) return silentRefusal();
    return {
      kind: "granted",
      externalAddress: external,
      externalPort: answer.externalPort,
      lifetime: Math.min(answer.lifetime, LONGEST_LEASE),
    };
  }

  async unmap(key: LeaseKey, signal: AbortSignal, onQueued?: OnQueued): Promise<UnmapOutcome> {
    if (key.host !== undefined) return otherHostRefusal();
    const { transport, internalPort } = key;
    const name = nameOf(transport, internalPort);
    this.#givenUp.add(name);
    // §3.4: lifetime 0, and the suggested port must be 0.
    const answer = await this.#questions.ask(
      { kind: "map", transport, internalPort, suggestedPort: 0, lifetime: 0 },
      signal,
      { onQueued },
    );
    this.#givenUp.delete(name);
    if (typeof answer !== "string" && !("failed" in answer)) {
      if (answer.kind === "map") return { kind: "gone" };
      // §3.4: what was made by hand cannot be deleted so, which means that nothing there is ours.
      if (answer.kind === "error" && answer.result === natPmpResults.NOT_AUTHORIZED) {
        return { kind: "gone" };
      }
    }
    return this.#refusal(answer);
  }

  /** Opcode 0 (§3.2), which leaves nothing behind. */
  async inquire(signal: AbortSignal): Promise<InquiryOutcome> {
    const answer = await this.#questions.ask({ kind: "address" }, signal);
    return typeof answer !== "string" && !("failed" in answer) && answer.kind === "address"
      ? { kind: "address", address: answer.externalAddress }
      : this.#refusal(answer);
  }

  onStateLost(listener: (signal: StateLoss) => void): void {
    this.#stateLost.push(listener);
  }

  onMoved(listener: (address: string, signal: StateLoss) => void): void {
    this.#moved.push(listener);
  }

  /** An unsolicited announcement (§3.2.1): heard only from the gateway's own address and port. */
  announced(datagram: Uint8Array, from: UdpAddress): void {
    if (from.port !== this.#server.port || !sameAddress(from.address, this.#server.address)) return;
    const decoded = decodeNatPmpResponse(datagram);
    if (decoded.kind !== "response" || decoded.response.kind !== "address") return;
    const { epoch, externalAddress } = decoded.response;
    const known = this.#external;
    const moved = known !== null && known.address !== externalAddress;
    const kept = epoch === null || this.#epoch.keeps(epoch, this.#environment.clock.monotonic());
    if (kept && !moved) return;
    if (known !== null) this.#external = { ...known, at: Number.NEGATIVE_INFINITY };
    this.#announcements.news();
  }

  /** Routes or addresses of this PC changed: the next datagram goes out by a new socket. */
  networkChanged(): void {
    this.#link.reset();
    this.#external = null;
  }

  close(): void {
    this.#announcements.close();
    this.#questions.close(new Error("the NAT-PMP client was closed"));
    this.#link.close();
    this.#stateLost.length = 0;
    this.#moved.length = 0;
  }

  /** The external address, asked for unless it was told just now; null when the gateway does not tell. */
  async #currentAddress(signal: AbortSignal): Promise<string | null> {
    const known = this.#external;
    const now = this.#environment.clock.monotonic();
    if (known !== null && now - known.at < ADDRESS_FRESH) return known.address;
    const answer = await this.#questions.ask({ kind: "address" }, signal);
    if (typeof answer === "string" || "failed" in answer) return known?.address ?? null;
    // It maps, but has no address at the moment: told as the gateway itself would (§3.2, all zeros).
    return answer.kind === "address" ? answer.externalAddress : "0.0.0.0";
  }

  #received(datagram: Uint8Array): void {
    const decoded = decodeNatPmpResponse(datagram);
    if (decoded.kind === "invalid") {
      this.#environment.log.debug("nat-pmp reply ignored", { reason: decoded.reason });
      return;
    }
    if (decoded.kind === "other-version") {
      this.#otherVersion = decoded.version;
      return this.#questions.settleAll({ failed: "version" });
    }
    const { response } = decoded;
    const questions = this.#questions.matching(response);
    if (questions.length === 0) return;
    const late = this.#isLateDeletion(response, questions);
    // What the answer tells of the gateway counts before what it tells of the mapping.
    if (response.epoch !== null) this.#observe(response);
    if (!late) for (const question of questions) question.settle(response);
  }

  #isLateDeletion(response: NatPmpResponse, questions: readonly Question[]): boolean {
    if (response.kind !== "map" || response.lifetime !== 0) return false;
    const mapping = questions.every(
      ({ request }) => request.kind === "map" && request.lifetime > 0,
    );
    return mapping && this.#givenUp.delete(nameOf(response.transport, response.internalPort));
  }

  #observe(response: NatPmpResponse): void {
    const now = this.#environment.clock.monotonic();
    const kept = response.epoch === null || this.#epoch.observe(response.epoch, now);
    const before = this.#external?.address ?? null;
    const address = response.kind === "address" ? response.externalAddress : null;
    if (address !== null) this.#external = { address, at: now };
    else if (!kept) this.#external = null;
    // Old miniupnpd keeps its epoch when the address changes: https://github.com/miniupnp/miniupnp/issues/254
    const moved = address !== null && before !== null && before !== address;
    if (kept && !moved) return;
    const signal = this.#announcements.isAsking ? "announce" : "epoch";
    this.#environment.log.info("nat-pmp state lost", { moved, signal, epoch: response.epoch });
    if (moved) for (const listener of this.#moved) listener(address, signal);
    for (const listener of this.#stateLost) listener(signal);
  }

  #failed(code: string): void {
    if (code === "ECONNREFUSED") return this.#questions.settleAll("closed-port");
    // The address question goes on: the route may come back before its caller loses patience.
    this.#questions.settleAll({ failed: code }, "map");
  }

  #refusal(answer: NatPmpAnswer): ReturnType<typeof silentRefusal> {
    if (answer === "silent") return silentRefusal();
    if (answer === "closed-port") return closedRefusal();
    if ("failed" in answer) {
      return answer.failed === "version"
        ? otherVersionRefusal(this.#otherVersion ?? 0)
        : cannotSendRefusal(answer.failed);
    }
    return answer.kind === "error"
      ? natPmpRefusal(answer.result)
      : uselessNatPmpGrant("gateway-error", "answered another question");
  }
}

function nameOf(transport: string, internalPort: number): string {
  return `${transport}/${internalPort}`;
}
