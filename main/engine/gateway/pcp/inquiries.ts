/**
 * The question for the external address. PCP has none for it alone, so a mapping is made for half a minute and deleted
 * at once (RFC 7393 §2.3). It leads to the port that we ask from ourselves: nothing else can be there, and its socket
 * hears nobody but the server. When we die in between, it ends by itself.
 */
import type { Random, UdpAddress } from "../../environment.ts";
import type { InquiryOutcome, LeaseKey, LeaseRequest, MapOutcome } from "../port-mapper.ts";
import { unreachableRefusal } from "./refusal.ts";

export interface InquiriesOptions {
  readonly random: Random;
  /** The address and port that we ask from; or the system's error. */
  readonly local: () => Promise<UdpAddress | { readonly failed: string }>;
  readonly map: (request: LeaseRequest, signal: AbortSignal) => Promise<MapOutcome>;
  /** Deletes the mapping in the background. */
  readonly cleanUp: (key: LeaseKey) => void;
}

/** Seconds to ask for (RFC 7393 §2.3); servers with a higher minimum give more. */
const LIFETIME = 30;

interface Inquiry {
  readonly key: LeaseKey;
  users: number;
  mayStand: boolean;
}

export class Inquiries {
  readonly #options: InquiriesOptions;
  /** The one under way: who asks meanwhile shares its mapping, as there can be no second one for the port. */
  #current: Inquiry | null = null;

  constructor(options: InquiriesOptions) {
    this.#options = options;
  }

  async ask(signal: AbortSignal): Promise<InquiryOutcome> {
    const { local, map, cleanUp } = this.#options;
    const from = await local();
    signal.throwIfAborted();
    if ("failed" in from) return unreachableRefusal(from.failed);
    const inquiry = this.#join(from.port);
    let outcome: MapOutcome | null = null;
    try {
      outcome = await map(
        { ...inquiry.key, suggestedPort: from.port, suggestedAddress: null, lifetime: LIFETIME },
        signal,
      );
      return outcome.kind === "granted"
        ? { kind: "address", address: outcome.externalAddress }
        : outcome;
    } finally {
      inquiry.users -= 1;
      inquiry.mayStand ||= outcome?.kind !== "refused";
      if (inquiry.users === 0) {
        if (this.#current === inquiry) this.#current = null;
        if (inquiry.mayStand) cleanUp(inquiry.key);
      }
    }
  }

  #join(port: number): Inquiry {
    if (this.#current?.key.internalPort !== port) {
      const nonce = this.#options.random.bytes(12);
      const key: LeaseKey = { transport: "udp", internalPort: port, nonce };
      this.#current = { key, users: 0, mayStand: false };
    }
    this.#current.users += 1;
    return this.#current;
  }
}
