/** What the lease book says of one port, and what is written into it. */
import { problem } from "../../../shared/problems.ts";
import type { Problem, Transport } from "../../../shared/snapshot.ts";
import { sameSources } from "../../../shared/sources.ts";
import type { Environment } from "../environment.ts";
import type { Layer } from "../gateway/layer.ts";
import type { Lease, LeaseBook } from "../gateway/lease-book.ts";
import { isLimited } from "../gateway/sources-refusal.ts";
import type { LeaseRequest, PortMapper } from "../gateway/port-mapper.ts";
import type { SpecialNeed } from "../gateway/special-need.ts";

/** The gateway a mapping is made on. */
export interface GatewayLink {
  readonly address: string;
  /** Its link-layer address; null while it is not known. */
  readonly router?: string | null;
  /** All addresses of its server; absent: the one. */
  readonly sameServer?: readonly string[] | undefined;
  readonly mapper: PortMapper;
  /** The one for mappings with a special need; null while it is not known. Absent: the same for all. */
  readonly mapperFor?: (need: SpecialNeed) => PortMapper | null;
  /** All protocols in which it answers now; absent: the one. */
  readonly answering?: readonly PortMapper[];
}

/** A lease that the gateway may hold, and the protocol that takes it away. */
export interface HeldLease {
  readonly lease: Lease;
  readonly mapper: PortMapper;
}

/** What is asked for, before an answer, or what was granted. */
interface Grant {
  /** Null while the gateway has not answered. */
  readonly externalAddress: string | null;
  readonly externalPort: number;
  /** Seconds. */
  readonly lifetime: number;
  /** Ports, where it is a set of them. */
  readonly count?: number;
  readonly internalClient?: string;
}

/** The port of a lease, on whatever gateway. */
export interface MappedPort {
  readonly transport: Transport;
  readonly internalPort: number;
  /** The device that is opened; absent: this PC. */
  readonly host?: string | undefined;
}

export class LeaseRecords {
  readonly #environment: Environment;
  readonly #book: LeaseBook;
  readonly #layer: Layer;
  readonly #port: MappedPort;
  readonly #seenFirst: { readonly wall: number; readonly monotonic: number };
  /** Monotonic milliseconds until which a grant of this run lasts, by gateway, router and protocol. */
  readonly #grantedUntil = new Map<string, number>();

  constructor(environment: Environment, book: LeaseBook, layer: Layer, port: MappedPort) {
    this.#environment = environment;
    this.#book = book;
    this.#layer = layer;
    const { transport, internalPort, host } = port;
    this.#port = { transport, internalPort, ...(host !== undefined && { host }) };
    const { clock } = environment;
    this.#seenFirst = { wall: clock.now(), monotonic: clock.monotonic() };
  }

  /** The lease on the gateway in use, held or remembered. */
  on(link: GatewayLink | null): Lease | null {
    if (link === null) return null;
    const { address: gateway, router, mapper } = link;
    return this.#book.find({ gateway, router, protocol: mapper.protocol, ...this.#port });
  }

  /** The same, else that of another router which has its address: of use for its port alone. */
  near(link: GatewayLink): Lease | null {
    const { address: gateway, mapper } = link;
    return (
      this.on(link) ?? this.#book.latest({ gateway, protocol: mapper.protocol, ...this.#port })
    );
  }

  /** What the gateway may hold of this port in any protocol that it answers in, the one in use first. */
  heldOn(link: GatewayLink): readonly HeldLease[] {
    return [...new Set([link.mapper, ...(link.answering ?? [])])].flatMap((mapper) => {
      const lease = this.on({ ...link, mapper });
      return lease !== null && this.mayBeHeld(lease) ? [{ lease, mapper }] : [];
    });
  }

  /** True while a protocol of the gateway that does not answer now may let in others than `sources`. */
  letsInOthers(link: GatewayLink, sources: readonly string[] = []): boolean {
    const { address: gateway, router, mapper, answering = [] } = link;
    const told = new Set([mapper, ...answering].map(({ protocol }) => protocol));
    return (["pcp", "nat-pmp", "upnp"] as const).some((protocol) => {
      if (told.has(protocol)) return false;
      const lease = this.#book.find({ gateway, router, protocol, ...this.#port });
      return lease !== null && this.mayBeHeld(lease) && !sameSources(lease.sources, sources);
    });
  }

  /**
   * True while one of the clocks says that the gateway may hold it: the wall clock jumps (NTP), and the monotonic one
   * stands still while the PC sleeps.
   */
  mayBeHeld(lease: Lease): boolean {
    const until = this.#grantedUntil.get(placeOf(lease)) ?? 0;
    return !this.hasEnded(lease) || until > this.#environment.clock.monotonic();
  }

  /** True when it ended by the wall clock. */
  hasEnded(lease: Lease): boolean {
    return !this.#book.mayBeHeld(lease);
  }

  /**
   * Milliseconds until the last lease of this port ends, on whatever gateway it is; 0 once all have. The wall clock is
   * read once, since it jumps; a PC that sleeps may take the lease for longer than it is.
   */
  remaining(): number {
    const { transport, internalPort, host } = this.#port;
    const now = this.#environment.clock.monotonic();
    const left = this.#book
      .all()
      .filter(
        (lease) =>
          lease.layer === this.#layer &&
          keepsNonce(lease) &&
          lease.transport === transport &&
          lease.internalPort === internalPort &&
          lease.host === host,
      )
      .map((lease) => this.#endOf(lease) - now);
    return Math.max(0, ...left);
  }

  /** Monotonic milliseconds; no lease outlasts its lifetime from when this run saw it first. */
  #endOf(lease: Lease): number {
    const granted = this.#grantedUntil.get(placeOf(lease));
    if (granted !== undefined) return granted;
    const { wall, monotonic } = this.#seenFirst;
    const left = Math.min(Date.parse(lease.expiresAt) - wall, lease.lifetime * 1000);
    return monotonic + left;
  }

  /** Writes the lease; when the disk refuses, nothing is to be asked, because a crash would leave it behind. */
  write(link: GatewayLink, request: LeaseRequest, grant: Grant): Problem | null {
    const { externalAddress, externalPort, lifetime, count, internalClient } = grant;
    const { clock } = this.#environment;
    const { router } = link;
    const place = { gateway: link.address, protocol: link.mapper.protocol };
    const owner = router == null ? {} : { router };
    this.#grantedUntil.set(placeOf({ ...place, ...owner }), clock.monotonic() + lifetime * 1000);
    try {
      this.#book.put({
        ...place,
        ...owner,
        layer: this.#layer,
        ...this.#port,
        nonce: Buffer.from(request.nonce).toString("hex"),
        externalAddress,
        externalPort,
        lifetime,
        expiresAt: new Date(clock.now() + lifetime * 1000).toISOString(),
        left: false,
        ...(internalClient !== undefined && { internalClient }),
        ...(count !== undefined && count > 1 && { count }),
        ...(isLimited(request) && { sources: [...(request.sources ?? [])] }),
      });
      return null;
    } catch (error) {
      return problem("disk", codeOf(error));
    }
  }

  /** Remembers the port for next time, but no lease; failing to write it only means asking for a deletion twice. */
  writeEnd(lease: Lease): void {
    this.#grantedUntil.delete(placeOf(lease));
    const expiresAt = new Date(this.#environment.clock.now()).toISOString();
    this.rewrite({ ...lease, lifetime: 0, expiresAt });
  }

  /** Writes what became known of a lease, which the next answer would tell as well. */
  rewrite(lease: Lease): void {
    try {
      this.#book.put(lease);
    } catch (error) {
      this.#environment.log.warn("lease book not written", { error: codeOf(error) });
    }
  }
}

/** False once the gateway let it go: what ended by a clock alone may stand there all the same. */
export function keepsNonce(lease: Lease): boolean {
  return lease.lifetime > 0;
}

function placeOf({
  gateway,
  router = "",
  protocol,
}: Pick<Lease, "gateway" | "router" | "protocol">): string {
  return `${gateway} ${router} ${protocol}`;
}

/** The system's code of an error, else its words. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? String(error);
}
