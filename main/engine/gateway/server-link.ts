/**
 * The UDP socket to one server: opened when there is something to send, kept while it is used, and opened anew
 * when the system says that it is of no use any more.
 */
import type { Cancel, Environment, UdpAddress, UdpSocket } from "../environment.ts";
import { sameSource } from "../addresses.ts";

export interface ServerLinkOptions {
  readonly environment: Environment;
  readonly server: UdpAddress;
  /** Our address to send from; absent: as the system's routes have it. */
  readonly localAddress?: string;
  /** A datagram that came from the server's own address and port. */
  readonly onMessage: (datagram: Uint8Array) => void;
  /** The socket could not be opened, or reported an error; `code` is the system's, e.g. ECONNREFUSED. */
  readonly onError: (code: string) => void;
}

/** Milliseconds without traffic after which the socket is closed, so that the next one takes a fresh route. */
const IDLE = 60_000;

export class ServerLink {
  readonly #options: ServerLinkOptions;
  #opening: Promise<UdpSocket | "failed" | "superseded"> | null = null;
  #current: UdpSocket | null = null;
  #idle: Cancel | null = null;
  #attempts = 0;
  #lastError = "";
  #closed = false;

  constructor(options: ServerLinkOptions) {
    this.#options = options;
  }

  /**
   * Sends what `compose` makes of our address as the server's network sees it: before it returns, where the socket is
   * open. Null from `compose` sends nothing, for a question that was settled while the socket opened.
   */
  async send(compose: (localAddress: string) => Uint8Array | null): Promise<void> {
    if (this.#closed) return;
    if (this.#current === null) {
      this.#opening ??= this.#open();
      const opened = await this.#opening;
      if (opened === "failed") return;
      // The network changed while we waited: what is to be sent goes by the new socket.
      if (opened === "superseded" || opened !== this.#current) return this.send(compose);
    }
    const socket = this.#current;
    const datagram = compose(socket.local.address);
    if (datagram === null) return;
    this.#stayOpen();
    socket.send(datagram);
  }

  /** The address and port that we send from, on a socket opened for it where none was; or why there is none. */
  async local(): Promise<UdpAddress | { readonly failed: string }> {
    if (this.#closed) return { failed: "closed" };
    this.#opening ??= this.#open();
    const socket = await this.#opening;
    if (socket === "superseded") return this.local();
    if (socket === "failed") return { failed: this.#lastError };
    this.#stayOpen();
    return socket.local;
  }

  /** The network changed: the next send chooses its route and source address afresh. */
  reset(): void {
    this.#idle?.();
    this.#attempts += 1;
    this.#opening = null;
    this.#current?.close();
    this.#current = null;
  }

  close(): void {
    this.#closed = true;
    this.reset();
  }

  async #open(): Promise<UdpSocket | "failed" | "superseded"> {
    const { environment, server, localAddress, onMessage } = this.#options;
    const attempt = (this.#attempts += 1);
    try {
      const socket = await environment.network.connectUdp(server, localAddress);
      if (this.#closed || attempt !== this.#attempts) {
        socket.close();
        return "superseded";
      }
      this.#current = socket;
      socket.onMessage((datagram, from) => {
        // A connected socket filters already; not every platform and adapter does so in every race.
        if (socket !== this.#current || from.port !== server.port) return;
        if (sameSource(from.address, server.address)) onMessage(datagram);
      });
      socket.onError((error) => this.#failed(socket, error));
      return socket;
    } catch (error) {
      if (this.#closed || attempt !== this.#attempts) return "superseded";
      this.#opening = null;
      this.#tell(error);
      return "failed";
    }
  }

  #failed(socket: UdpSocket, error: NodeJS.ErrnoException): void {
    if (this.#current !== socket || this.#closed) return;
    // A refused port says nothing about our own address and route.
    if (error.code !== "ECONNREFUSED") this.reset();
    this.#tell(error);
  }

  #tell(error: unknown): void {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    this.#lastError = code ?? String(error);
    this.#options.environment.log.debug("pcp socket", { error: String(error) });
    this.#options.onError(this.#lastError);
  }

  #stayOpen(): void {
    this.#idle?.();
    this.#idle = this.#options.environment.clock.after(IDLE, () => this.reset());
  }
}
