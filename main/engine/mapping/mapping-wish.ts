/** What is wanted of one mapping, and what it means for the gateway. */
import { sameSources } from "../../../shared/sources.ts";
import type { Random } from "../environment.ts";
import type { Lease } from "../gateway/lease-book.ts";
import type { LeaseRequest } from "../gateway/port-mapper.ts";
import { isLimited } from "../gateway/sources-refusal.ts";
import {
  type GatewayLink,
  type HeldLease,
  keepsNonce,
  type LeaseRecords,
  type MappedPort,
} from "./lease-records.ts";

/** What is wanted on one gateway. */
export interface MappingWish extends MappedPort {
  /** The external port it has to be; null takes the one that the gateway gives. */
  readonly externalPort: number | null;
  /** The external port to begin with where any will do; absent: the internal one. */
  readonly suggestedPort?: number;
  /** Ports wanted in one mapping from `internalPort` on; absent: one. */
  readonly count?: number;
  /** The only visitors to let in; absent or empty: everybody. */
  readonly sources?: readonly string[];
}

/** What the lease book says of it. */
export interface Known {
  /** On this gateway. */
  readonly lease: Lease | null;
  /** The same, or that of another router which has its address. */
  readonly near: Lease | null;
}

/** Seconds asked for (RFC 6887 §15 lets the server shorten it). */
export const LIFETIME = 7200;

/** What to ask for. */
export function requestFor(
  { transport, internalPort, externalPort, suggestedPort, host, count = 1, sources }: MappingWish,
  { lease, near }: Known,
  random: Pick<Random, "bytes">,
  renewal: boolean,
): LeaseRequest {
  const firstChoice = suggestedPort ?? internalPort;
  // With another nonce a server refuses whatever stands there (RFC 6887 §11.3), and our clock may be wrong about it.
  const first = lease === null || !keepsNonce(lease);
  const nonce = first ? random.bytes(12) : Uint8Array.from(Buffer.from(lease.nonce, "hex"));
  const former = first ? undefined : lease.internalClient;
  return {
    transport,
    internalPort,
    nonce,
    suggestedPort: externalPort ?? near?.externalPort ?? firstChoice,
    suggestedAddress: lease?.externalAddress ?? null,
    lifetime: LIFETIME,
    renewal,
    exactPort: externalPort !== null,
    ...(host !== undefined && { host }),
    ...(count > 1 && { count }),
    ...(former !== undefined && { formerClient: former }),
    ...(sources !== undefined && sources.length > 0 && { sources }),
  };
}

/** What goes before anything is asked for: also what another protocol made for other visitors. */
export function inTheWay(
  records: LeaseRecords,
  link: GatewayLink,
  wish: MappingWish,
): HeldLease | null {
  const { mapper } = link;
  const lease = records.on(link);
  if (lease !== null && isInTheWay(lease, records.mayBeHeld(lease), wish)) return { lease, mapper };
  const others = records.heldOn(link).filter((held) => held.mapper !== mapper);
  return others.find((held) => !sameSources(held.lease.sources, wish.sources)) ?? null;
}

/** True for what cannot become what is wanted. */
function isInTheWay(lease: Lease, mayBeHeld: boolean, wish: MappingWish): boolean {
  if (mayBeHeld && wish.externalPort !== null && wish.externalPort !== lease.externalPort) {
    return true;
  }
  if (sameSources(lease.sources, wish.sources)) return false;
  // PCP alone changes a list in place (RFC 6887 §13.3), and never from or to everybody here.
  const changes = lease.protocol === "pcp" && lease.sources !== undefined && isLimited(wish);
  // Where a clock alone says that it ended, it may let in others all the same.
  return !changes && (mayBeHeld || (isLimited(wish) && keepsNonce(lease)));
}
