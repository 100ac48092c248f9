/** Hears what gateways tell everybody: that they restarted, or that their address changed. */
import type { Lan, Logger, MulticastListener, UdpAddress } from "../environment.ts";
import { NATPMP_CLIENT_PORT } from "../gateway/natpmp/codec.ts";

/** PCP uses the port of NAT-PMP (RFC 6887 §14.1.3). */
const ANNOUNCE_PORT = NATPMP_CLIENT_PORT;
const groups = ["224.0.0.1", "ff02::1"] as const;

/** Bytes; announcements are 24 (PCP) or 12 (NAT-PMP), options of PCP apart. */
const MAX_LENGTH = 1100;

export interface AnnounceListenerOptions {
  readonly lan: Lan;
  readonly log: Logger;
  /** A datagram from whomever: its sender is still to be checked. */
  readonly onDatagram: (datagram: Uint8Array, from: UdpAddress) => void;
}

export class AnnounceListener {
  readonly #options: AnnounceListenerOptions;
  readonly #listeners = new Map<string, MulticastListener>();
  #generation = 0;

  constructor(options: AnnounceListenerOptions) {
    this.#options = options;
  }

  /** Listens on the interfaces that are there now; where it listened before, it begins anew. */
  async open(): Promise<void> {
    this.close();
    const generation = this.#generation;
    await Promise.all(groups.map((group) => this.#listen(group, generation)));
  }

  close(): void {
    this.#generation += 1;
    for (const listener of this.#listeners.values()) listener.close();
    this.#listeners.clear();
  }

  async #listen(group: string, generation: number): Promise<void> {
    const { lan, log, onDatagram } = this.#options;
    const gaveUp = (error: unknown): void => {
      // Without it changes show at the next renewal or check.
      log.info("cannot hear announcements", { group, error: String(error) });
    };
    try {
      const listener = await lan.listenMulticast({ group, port: ANNOUNCE_PORT });
      if (generation !== this.#generation) return listener.close();
      this.#listeners.set(group, listener);
      listener.onMessage((datagram, from) => {
        if (generation === this.#generation && datagram.length <= MAX_LENGTH) {
          onDatagram(datagram, from);
        }
      });
      listener.onError(gaveUp);
    } catch (error) {
      gaveUp(error);
    }
  }
}
