/**
 * The SCPD of one service, read once and only when it is of use: where a router objects to what it is asked, and when
 * the first mapping stands. It is never waited for on the way to a mapping that goes well, nor asked for beside
 * another request, which small daemons do not survive.
 */
import type { Lan } from "../../../environment.ts";
import type { IgdService } from "./description.ts";
import { fetchDocument } from "./device-document.ts";
import { parseScpd, type Scpd } from "./scpd.ts";

/** Milliseconds: a mapping may be waiting, and a router that hangs here is known to answer elsewhere. */
const PATIENCE = 1500;

export class ServiceDeclaration {
  readonly #lan: Lan;
  readonly #service: Pick<IgdService, "scpdUrl">;
  readonly #localAddress: string;
  #read: { readonly scpd: Scpd | null } | null = null;

  constructor(lan: Lan, service: Pick<IgdService, "scpdUrl">, localAddress: string) {
    this.#lan = lan;
    this.#service = service;
    this.#localAddress = localAddress;
    if (service.scpdUrl === null) this.#read = { scpd: null };
  }

  /** True once it is known, or known that there is none. */
  get isRead(): boolean {
    return this.#read !== null;
  }

  /** As far as it was read; null also where it cannot be had. */
  get known(): Scpd | null {
    return this.#read?.scpd ?? null;
  }

  /** Null where it cannot be had: nothing follows from that. Rejects with the signal's reason. */
  async read(signal: AbortSignal): Promise<Scpd | null> {
    const { scpdUrl: url } = this.#service;
    if (this.#read !== null || url === null) return this.known;
    const place = { url, localAddress: this.#localAddress, timeout: PATIENCE };
    const fetched = await fetchDocument(this.#lan, place, signal);
    signal.throwIfAborted();
    this.#read = { scpd: fetched.kind === "document" ? parseScpd(fetched.body) : null };
    return this.known;
  }
}
