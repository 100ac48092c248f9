/**
 * Events of one service (UPnP Device Architecture 1.1 §4): the gateway tells when its external address changes, so
 * that nobody has to ask. What an event says is not believed; it is a reason to look.
 */
import type {
  Cancel,
  Environment,
  HeardRequest,
  HttpListener,
  HttpOutcome,
  Lan,
} from "../../../environment.ts";
import { descendant, parseXml } from "./xml.ts";

/** Seconds asked for; routers give what they like. */
const WISHED = 1800;
const SHORTEST = 60;
const LONGEST = 86_400;
/** Milliseconds until a subscription that did not come about is tried again: 1 min, doubling to 30 min. */
const AGAIN_FIRST = 60_000;
const AGAIN_MOST = 1_800_000;
const TIMEOUT = 5000;
const MAX_BYTES = 65_536;
/** Milliseconds in which several events are one. */
const PAUSE = 1000;

export interface SubscriptionOptions {
  readonly environment: Environment;
  readonly lan: Lan;
  readonly eventUrl: string;
  /** Of ours, where the gateway reaches us. */
  readonly localAddress: string;
  /** Runs what asks the gateway in its turn; null when there is none any more. */
  readonly inTurn: <T extends { readonly kind: string }>(
    task: (signal: AbortSignal) => Promise<T>,
  ) => Promise<T | null>;
  /** The external address may be another now. */
  readonly onEvent: () => void;
}

export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #closed = new AbortController();
  #listener: HttpListener | null = null;
  #sid: string | null = null;
  #timer: Cancel | null = null;
  #pause: Cancel | null = null;
  #again = AGAIN_FIRST;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    void this.#subscribe();
  }

  /** Takes the subscription back, as far as the gateway can be reached. */
  close(): void {
    const sid = this.#sid;
    this.#sid = null;
    this.#timer?.();
    this.#pause?.();
    this.#listener?.close();
    this.#closed.abort();
    if (sid === null) return;
    void this.#ask("UNSUBSCRIBE", { sid }, new AbortController().signal);
  }

  async #subscribe(): Promise<void> {
    try {
      this.#listener ??= await this.#listen();
    } catch (error) {
      this.#options.environment.log.info("cannot hear events", { error: String(error) });
      return;
    }
    if (this.#closed.signal.aborted) return this.#listener.close();
    const fresh = this.#sid === null;
    const answer = await this.#request(
      this.#sid === null
        ? { callback: `<${this.#listener.url}>`, nt: "upnp:event", timeout: `Second-${WISHED}` }
        : { sid: this.#sid, timeout: `Second-${WISHED}` },
    );
    if (this.#closed.signal.aborted) return;
    const sid = answer?.["sid"] ?? null;
    if (answer === null || (fresh && sid === null)) {
      // Lost over there, or not to be had: from the start, after a while; what was lost is tried again at once.
      this.#sid = null;
      this.#later(fresh ? this.#again : 0);
      this.#again = Math.min(this.#again * 2, AGAIN_MOST);
      return;
    }
    if (fresh) this.#options.environment.log.debug("upnp events subscribed");
    this.#sid ??= sid;
    this.#again = AGAIN_FIRST;
    this.#later((secondsOf(answer["timeout"]) * 1000) / 2);
  }

  #later(delay: number): void {
    this.#timer = this.#options.environment.clock.after(delay, () => void this.#subscribe());
  }

  #listen(): Promise<HttpListener> {
    const { lan, environment, localAddress, eventUrl } = this.#options;
    const secret = Buffer.from(environment.random.bytes(12)).toString("hex");
    const peer = new URL(eventUrl).hostname.replaceAll(/[[\]]/g, "");
    return lan.hearHttp(
      {
        address: localAddress,
        peer,
        method: "NOTIFY",
        path: `/${secret}`,
        maxBytes: MAX_BYTES,
      },
      (request) => this.#heard(request),
    );
  }

  /** The HTTP status: 412 for what is none of ours (§4.3.2). */
  #heard({ headers, body }: HeardRequest): number {
    if (this.#sid !== null && headers["sid"] !== this.#sid) return 412;
    if (headers["nts"]?.toLowerCase() !== "upnp:propchange") return 412;
    // The first comes of itself, and tells what stands already; it may even come before the answer to the request.
    if (this.#sid === null || headers["seq"] === "0") return 200;
    const parsed = parseXml(body);
    if (parsed.kind === "invalid") return 400;
    if (descendant(parsed.root, "ExternalIPAddress") === null) return 200;
    this.#pause ??= this.#options.environment.clock.after(PAUSE, () => {
      this.#pause = null;
      this.#options.onEvent();
    });
    return 200;
  }

  /** The answer's headers; null when there is none, or a refusal. */
  async #request(
    headers: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>> | null> {
    try {
      const outcome = await this.#options.inTurn((signal) =>
        this.#ask("SUBSCRIBE", headers, AbortSignal.any([signal, this.#closed.signal])),
      );
      return outcome?.kind === "answer" && outcome.status === 200 ? (outcome.headers ?? {}) : null;
    } catch (error) {
      this.#options.environment.log.debug("upnp subscription", { error: String(error) });
      return null;
    }
  }

  #ask(
    method: "SUBSCRIBE" | "UNSUBSCRIBE",
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpOutcome> {
    const { lan, eventUrl, localAddress } = this.#options;
    return lan.http(
      { method, url: eventUrl, headers, localAddress, timeout: TIMEOUT, maxBytes: MAX_BYTES },
      signal,
    );
  }
}

/** `Second-1800`; what is anything else counts as what was asked for. */
function secondsOf(timeout: string | undefined): number {
  const seconds = Number(/^second-(\d{1,9})$/i.exec(timeout ?? "")?.[1] ?? WISHED);
  return Math.min(Math.max(seconds, SHORTEST), LONGEST);
}
