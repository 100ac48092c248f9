/**
 * Carries what gamedig's protocols ask and are answered, in place of gamedig's own sockets, HTTP client, telnet and
 * resolver: those have no limit of size, follow a redirection to any host, and know IPv4 alone.
 */
import type { GamedigTransport } from "gamedig";
import type { Cancel, Clock, Network, UdpAddress, UdpSocket } from "../../../environment.ts";
import { Unreadable } from "../byte-reader.ts";
import { type AskOutcome, type ExchangeTcp, codeOf, patience } from "../exchange.ts";
import { encodeGet } from "../http.ts";
import { decodeJson, isWholeAnswer } from "./json-answer.ts";

export interface CarrierOptions {
  readonly to: UdpAddress;
  readonly clock: Clock;
  readonly network: Pick<Network, "connectUdp">;
  readonly exchangeTcp: ExchangeTcp;
  /** What a datagram must begin with to be read; empty for any. */
  readonly begins: Uint8Array;
}

/** Milliseconds for each step; some protocols end a step by waiting. */
const stepPatience = 800;
const mostDatagrams = 32;
/** Bytes; servers fit their answers into a packet or few. */
const largestDatagram = 8192;
/** Bytes over TCP. */
const answerLimit = 262_144;

export class Carrier implements GamedigTransport {
  readonly #options: CarrierOptions;
  #socket: UdpSocket | null = null;
  readonly #timers = new Set<Cancel>();
  #seen = 0;
  #trouble: AskOutcome = { kind: "silent" };
  #read: (datagram: Uint8Array) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #ended = false;

  constructor(options: CarrierOptions) {
    this.#options = options;
    this.#after(patience, () => this.end());
  }

  /** Why nothing was read. */
  get trouble(): AskOutcome {
    return this.#trouble;
  }

  udpSend = async <T>(
    question: Buffer | string,
    read?: (datagram: Buffer) => T | undefined,
    onTimeout?: () => T | undefined,
  ): Promise<T | null> => {
    const socket = await this.#open();
    const bytes = typeof question === "string" ? Buffer.from(question, "latin1") : question;
    if (read === undefined) {
      socket.send(bytes);
      return null;
    }
    return await new Promise<T>((resolve, reject) => {
      const settle = (make: () => T | undefined): void => {
        try {
          const result = make();
          if (result !== undefined) resolve(result);
        } catch (error) {
          reject(error instanceof Error ? error : new Error("not read"));
        }
      };
      this.#fail = reject;
      this.#read = (datagram) => settle(() => read(Buffer.from(datagram)));
      this.#after(stepPatience, () => {
        settle(() => onTimeout?.());
        reject(new Error("no answer"));
      });
      socket.send(bytes);
    });
  };

  /** Each question has a connection of its own. */
  withTcp = async <T>(use: (socket: unknown) => Promise<T>, port?: number): Promise<T> => {
    if (port !== undefined && port !== this.#options.to.port) throw strange();
    return await use(null);
  };

  tcpSend = async <T>(
    _socket: unknown,
    question: Buffer | string,
    read: (received: Buffer) => T | undefined,
  ): Promise<T> => {
    let result: T | undefined;
    let failure: unknown;
    await this.#exchange(Buffer.from(question), (received) => {
      try {
        result = read(Buffer.from(received));
      } catch (error) {
        failure = error;
      }
      return result !== undefined || failure !== undefined;
    });
    if (result === undefined) throw failure ?? new Error("no answer");
    return result;
  };

  /** Of the server itself alone, without encryption, and never followed elsewhere. */
  request = async ({
    url,
    method = "GET",
  }: {
    readonly url: string;
    readonly method?: string;
  }): Promise<unknown> => {
    const { to } = this.#options;
    const { protocol, hostname, port, pathname, search } = new URL(url);
    const isOwn = hostname === to.address && Number(port || 80) === to.port;
    if (protocol !== "http:" || method !== "GET" || !isOwn) throw strange();
    const get = encodeGet(`${pathname}${search}`, "application/json");
    return decodeJson(await this.#exchange(get, isWholeAnswer));
  };

  telnetConnect = (): Promise<never> => Promise.reject(strange());

  end(): void {
    this.#ended = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#socket?.close();
    this.#socket = null;
    this.#fail(new Error("ended"));
  }

  async #exchange(send: Uint8Array, isEnough: (bytes: Uint8Array) => boolean): Promise<Uint8Array> {
    if (this.#ended) throw new Error("ended");
    const { to, exchangeTcp } = this.#options;
    const reply = await exchangeTcp({ to, send, maxBytes: answerLimit, isEnough });
    if (reply.kind === "failed") {
      this.#trouble = { kind: "unreachable", detail: reply.detail };
      throw new Error(reply.detail);
    }
    const { bytes, end } = reply;
    if (bytes.length > 0) this.#trouble = { kind: "unreadable", detail: "not its language" };
    if (end === "too-large") {
      this.#trouble = { kind: "too-large", detail: `${bytes.length} bytes and no end` };
      throw new Error("too large");
    }
    return bytes;
  }

  async #open(): Promise<UdpSocket> {
    const { network, to } = this.#options;
    if (this.#socket !== null) return this.#socket;
    let socket: UdpSocket;
    try {
      socket = await network.connectUdp(to);
    } catch (error) {
      this.#trouble = { kind: "unreachable", detail: codeOf(error) };
      throw error;
    }
    if (this.#ended) {
      socket.close();
      throw new Error("ended");
    }
    socket.onMessage((datagram) => this.#take(datagram));
    socket.onError((error) => {
      this.#trouble = { kind: "unreachable", detail: codeOf(error) };
      this.end();
    });
    this.#socket = socket;
    return socket;
  }

  #take(datagram: Uint8Array): void {
    if (this.#ended) return;
    this.#seen += 1;
    this.#trouble = { kind: "unreadable", detail: "not its language" };
    const { begins } = this.#options;
    const fits = begins.every((byte, at) => byte === datagram[at]);
    if (fits && datagram.length <= largestDatagram) this.#read(datagram);
    if (this.#seen >= mostDatagrams) this.end();
  }

  #after(delay: number, task: () => void): void {
    const cancel = this.#options.clock.after(delay, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}

function strange(): Error {
  return new Unreadable("a question to somebody else");
}
