/**
 * An honest PCP server (RFC 6887) without a socket of its own: bytes in, bytes out, and a `PortOpener` that makes
 * the mappings real. The demo network runs it on loopback; the tests' fake gateway lies on top of it.
 */
import type { OpenPort, PortOpener } from "./port-wish.ts";
import type { Transport } from "../../shared/snapshot.ts";
import type { UdpAddress } from "../engine/environment.ts";
import { addressFamily, sameAddress } from "../engine/addresses.ts";
import { canBeExternal, unspecifiedAddress } from "../engine/gateway/pcp/addresses.ts";
import { decodeRequest, encodeErrorResponse, encodeResponse } from "../engine/gateway/pcp/codec.ts";
import { type MapBody, protocolNumbers, type Request } from "../engine/gateway/pcp/messages.ts";
import { isMandatory, type Option, optionCode } from "../engine/gateway/pcp/options.ts";
import { recommendedErrorLifetime, resultCodes } from "../engine/gateway/pcp/result-codes.ts";
import { type Filter, filtersAfter, isAdmitted, isFilter } from "./admission.ts";
import { openPorts } from "./port-set.ts";

export interface ServerMapping {
  readonly transport: Transport;
  readonly internal: UdpAddress;
  readonly nonce: Uint8Array;
  readonly externalAddress: string;
  readonly externalPort: number;
  /** Ports in a row, inside and outside. */
  readonly count: number;
  /** Who may come in; empty: everybody. */
  readonly filters: readonly Filter[];
  /** Milliseconds on the clock that `handle` is given. */
  readonly expiresAt: number;
}

export interface PcpServerOptions {
  readonly externalAddress: string;
  readonly openPort: PortOpener;
  /** Milliseconds at which the epoch starts. */
  readonly startedAt: number;
  /** Seconds; RFC 6887 §15 recommends at least 120 and at most a day. */
  readonly minimumLifetime?: number;
  readonly maximumLifetime?: number;
  readonly maximumMappings?: number;
  /** Options that it knows besides PREFER_FAILURE; none by default. */
  readonly knows?: ReadonlySet<"third-party" | "filter" | "port-set">;
  /** Ports granted in one mapping. */
  readonly maximumPortSet?: number;
  readonly onMapped?: (mapping: ServerMapping) => void;
  readonly onUnmapped?: (mapping: ServerMapping) => void;
}

interface Entry extends ServerMapping {
  readonly ports: readonly OpenPort[];
}

export class PcpServer {
  /** Lifetimes granted, in seconds. */
  minimumLifetime: number;
  maximumLifetime: number;
  externalAddress: string;
  maximumPortSet: number;
  readonly #options: PcpServerOptions;
  readonly #entries = new Map<string, Entry>();
  #startedAt: number;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: PcpServerOptions) {
    this.#options = options;
    this.#startedAt = options.startedAt;
    this.externalAddress = options.externalAddress;
    this.minimumLifetime = options.minimumLifetime ?? 30;
    this.maximumLifetime = options.maximumLifetime ?? 7200;
    this.maximumPortSet = options.maximumPortSet ?? 16;
  }

  get mappings(): readonly ServerMapping[] {
    return [...this.#entries.values()];
  }

  /** The answer to one datagram at `now` (milliseconds); null when none is due. One request at a time. */
  handle(datagram: Uint8Array, source: UdpAddress, now: number): Promise<Uint8Array | null> {
    const answer = this.#queue.then(() => this.#answer(datagram, source, now));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  /** Removes what has ended by `now`. */
  expire(now: number): void {
    for (const [key, entry] of this.#entries) if (entry.expiresAt <= now) this.#remove(key, entry);
  }

  /** Forgets everything, as a router that restarts does; the epoch starts again at `now`. */
  reset(now: number): void {
    for (const [key, entry] of this.#entries) this.#remove(key, entry);
    this.#startedAt = now;
  }

  /** Seconds since the state was lost. */
  epoch(now: number): number {
    return Math.max(0, Math.floor((now - this.#startedAt) / 1000));
  }

  async #answer(datagram: Uint8Array, source: UdpAddress, now: number): Promise<Uint8Array | null> {
    this.expire(now);
    const decoded = decodeRequest(datagram);
    switch (decoded.kind) {
      case "invalid":
        return null;
      case "other-version":
        return this.#refuse(datagram, now, resultCodes.UNSUPP_VERSION);
      case "refused":
        return this.#refuse(datagram, now, decoded.result);
      case "request":
        return this.#serve(datagram, decoded.request, source, now);
    }
  }

  async #serve(
    datagram: Uint8Array,
    request: Request,
    source: UdpAddress,
    now: number,
  ): Promise<Uint8Array> {
    const { body } = request;
    if (!sameAddress(request.clientAddress, source.address)) {
      return this.#refuse(datagram, now, resultCodes.ADDRESS_MISMATCH);
    }
    const options = request.options.filter((option) => this.#knows(option));
    const unsupported = request.options.some(
      (option) => !options.includes(option) && isMandatory(optionCode(option)),
    );
    if (unsupported) return this.#refuse(datagram, now, resultCodes.UNSUPP_OPTION);
    switch (body.opcode) {
      case "announce": {
        const epoch = this.epoch(now);
        return encodeResponse({
          body,
          result: resultCodes.SUCCESS,
          lifetime: 0,
          epoch,
          options: [],
        });
      }
      case "map":
        return this.#map(datagram, { ...request, options }, body, source.address, now);
      case "peer":
      case "opaque":
        return this.#refuse(datagram, now, resultCodes.UNSUPP_OPCODE);
    }
  }

  #knows({ name }: Option): boolean {
    return (
      name === "prefer-failure" || (name !== "unknown" && this.#options.knows?.has(name) === true)
    );
  }

  async #map(
    datagram: Uint8Array,
    request: Request,
    body: MapBody,
    client: string,
    now: number,
  ): Promise<Uint8Array> {
    const refuse = (result: number, seconds?: number): Uint8Array =>
      this.#refuse(datagram, now, result, seconds);
    const transport = transportOf(body.protocol);
    // No wildcard mappings: all protocols, or all ports of one (§11.3).
    if (transport === null || body.internalPort === 0) return refuse(resultCodes.UNSUPP_PROTOCOL);
    const { exact, set, host = client, filters } = readOptions(request.options);
    if (exact && (request.lifetime === 0 || body.externalPort === 0)) {
      return refuse(resultCodes.MALFORMED_OPTION);
    }
    // §13.3: a deletion has none.
    if (filters.length > 0 && (request.lifetime === 0 || !filters.every(isFilter))) {
      return refuse(resultCodes.MALFORMED_OPTION);
    }
    const names = request.options.map(({ name }) => name);
    // §13.1: the option is for others. RFC 7753 §4: the set begins with the port of the mapping.
    if (names.includes("third-party") && sameAddress(host, client)) {
      return refuse(resultCodes.MALFORMED_REQUEST);
    }
    if (set !== undefined && set.firstInternalPort !== body.internalPort) {
      return refuse(resultCodes.MALFORMED_OPTION);
    }
    const key = `${transport} ${host} ${body.internalPort}`;
    const held = this.#entries.get(key);
    if (held !== undefined && !held.nonce.every((byte, index) => byte === body.nonce[index])) {
      // Another's mapping stands in the way until it ends (§11.3).
      return refuse(resultCodes.NOT_AUTHORIZED, Math.ceil((held.expiresAt - now) / 1000));
    }
    if (request.lifetime === 0) {
      if (held !== undefined) this.#remove(key, held);
      const any = unspecifiedAddress(addressFamily(client));
      return this.#grant(request, { ...body, externalPort: 0, externalAddress: any }, 1, 0, now);
    }
    const { externalAddress } = this;
    const wants = (address: string): boolean =>
      !canBeExternal(address) || sameAddress(address, externalAddress);
    const other = held !== undefined && body.externalPort !== held.externalPort;
    if (exact && (other || !wants(body.externalAddress))) {
      return refuse(resultCodes.CANNOT_PROVIDE_EXTERNAL);
    }
    const limit = this.#options.maximumMappings ?? 1000;
    if (held === undefined && this.#entries.size >= limit) return refuse(resultCodes.NO_RESOURCES);
    const internal = { address: host, port: body.internalPort };
    const ports =
      held?.ports ??
      (await openPorts(
        this.#options.openPort,
        {
          transport,
          internal,
          suggestedPort: body.externalPort,
          exact,
          admits: (from) => {
            const entry = this.#entries.get(key);
            return entry !== undefined && isAdmitted(entry.filters, from);
          },
        },
        Math.min(set?.size ?? 1, this.maximumPortSet),
      ));
    const [first] = ports ?? [];
    if (ports === null || first === undefined) {
      return refuse(exact ? resultCodes.CANNOT_PROVIDE_EXTERNAL : resultCodes.NO_RESOURCES);
    }
    const lifetime = Math.min(
      Math.max(request.lifetime, this.minimumLifetime),
      this.maximumLifetime,
    );
    const { externalPort } = first;
    const entry: Entry = {
      transport,
      internal,
      nonce: body.nonce,
      externalAddress,
      externalPort,
      count: ports.length,
      filters: filtersAfter(held?.filters ?? [], filters),
      expiresAt: now + lifetime * 1000,
      ports,
    };
    this.#entries.set(key, entry);
    if (held === undefined) this.#options.onMapped?.(entry);
    const answer = { ...body, externalPort, externalAddress };
    return this.#grant(request, answer, ports.length, lifetime, now);
  }

  /** Options that were acted on are echoed (§7.3); a set of one port is none (RFC 7753 §4). */
  #grant(request: Request, body: MapBody, size: number, lifetime: number, now: number): Uint8Array {
    const options = request.options
      .filter(({ name }) => name !== "port-set" || size > 1)
      .map((option) => (option.name === "port-set" ? { ...option, size } : option));
    const epoch = this.epoch(now);
    return encodeResponse({ body, result: resultCodes.SUCCESS, lifetime, epoch, options });
  }

  #refuse(datagram: Uint8Array, now: number, result: number, seconds?: number): Uint8Array {
    const lifetime = seconds ?? recommendedErrorLifetime(result);
    return encodeErrorResponse(datagram, { result, lifetime, epoch: this.epoch(now) });
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    for (const port of entry.ports) port.close();
    this.#options.onUnmapped?.(entry);
  }
}

function readOptions(options: readonly Option[]) {
  const thirdParty = options.find((option) => option.name === "third-party");
  const filters = options.filter((option) => option.name === "filter");
  return {
    exact: options.some(({ name }) => name === "prefer-failure"),
    set: options.find((option) => option.name === "port-set"),
    host: thirdParty?.address,
    filters,
  };
}

function transportOf(protocol: number): Transport | null {
  if (protocol === protocolNumbers.tcp) return "tcp";
  return protocol === protocolNumbers.udp ? "udp" : null;
}
