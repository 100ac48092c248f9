/** What a mapping protocol offers the reconcile loop: one instance per gateway and protocol. */
import type { UdpAddress } from "../environment.ts";
import type { MappingProtocol, Problem, Transport } from "../../../shared/snapshot.ts";
import type { ProbePace } from "./probe-pace.ts";

/** A gateway as one protocol client has to see it. */
export interface GatewayRef {
  /** IP address to ask, a link-local IPv6 one with its zone. */
  readonly address: string;
  /**
   * The address under which it sees us, where a router between translates: what is mapped leads there then. Absent
   * where it sees us as we are.
   */
  readonly clientAddress?: string;
  /** Our address to send from, which in IPv6 is also the one that is opened; absent: as the system's routes have it. */
  readonly localAddress?: string;
  /** What it may speak, where that is known beforehand: an anycast address speaks PCP alone (RFC 7723). */
  readonly protocols?: readonly MappingProtocol[];
  /** All addresses of its server, where it has several: what is granted at one stands at each (RFC 7488 §3). */
  readonly sameServer?: readonly string[];
}

/** What identifies one lease at the gateway. Kept in the lease book for the life of the mapping. */
export interface LeaseKey {
  /**
   * The host of the local network that is opened instead of this PC (PCP THIRD_PARTY, RFC 6887 §13.1; UPnP
   * NewInternalClient); a protocol that cannot act for others refuses.
   */
  readonly host?: string;
  readonly transport: Transport;
  readonly internalPort: number;
  /** 12 random bytes (RFC 6887 §11.1); protocols without a nonce ignore it. */
  readonly nonce: Uint8Array;
  /**
   * Ports of the mapping, beginning with `internalPort` and in the same order outside (RFC 7753); absent: one. A
   * protocol that cannot grants one.
   */
  readonly count?: number;
  /**
   * The only visitors to let in (see shared/sources.ts), all of the mapping's own family; absent or empty: everybody. A
   * protocol that cannot be sure of that refuses.
   */
  readonly sources?: readonly string[];
  /** The assigned port, where it is known: UPnP names a mapping by it, and has to search for it otherwise. */
  readonly externalPort?: number;
  /** Our address when it was granted, as `internalClient` of the outcome told: what stands there is of our making. */
  readonly formerClient?: string;
}

export interface LeaseRequest extends LeaseKey {
  /** The external port to ask for; always the assigned one on renewal. */
  readonly suggestedPort: number;
  /** The external address to ask for; null leaves it to the gateway. */
  readonly suggestedAddress: string | null;
  /** Seconds to ask for. */
  readonly lifetime: number;
  /**
   * True for the renewal of a lease that is still held: PCP sends a single datagram then, and the caller
   * times the next one (RFC 6887 §11.2.1).
   */
  readonly renewal?: boolean;
  /** True to be refused rather than given another external port; protocols that cannot say so ignore it. */
  readonly exactPort?: boolean;
}

/**
 * Seconds (136 years) that stand for a mapping which lasts until it is deleted: some UPnP gateways know no other.
 * Long enough for the lease book to keep it, and to delete it at the end, whenever that is.
 */
export const PERMANENT_LEASE = 0xffff_ffff;

/**
 * How a gateway's loss of state showed: `missing`, a mapping was looked for and not there; `address`, the external
 * address is another; `event`, the same, and the gateway told us to look. `announce`: so it announced, and told when asked,
 * since anybody of the link can send an announcement under its name.
 */
export type StateLoss = "epoch" | "announce" | "missing" | "address" | "event";

export type MapOutcome =
  | {
      readonly kind: "granted";
      readonly externalAddress: string;
      readonly externalPort: number;
      /** Seconds granted; `PERMANENT_LEASE` where the gateway never forgets. */
      readonly lifetime: number;
      /** Ports of the mapping, from `externalPort` on; absent: one. */
      readonly count?: number;
      /**
       * Our address under which it was made, where the gateway takes that for a part of it: it may be another next time.
       * Absent also where it stands by another program's doing.
       */
      readonly internalClient?: string;
      /** Seconds after which to ask again, however long it lasts: nothing else tells whether it still stands. */
      readonly askAgain?: number;
    }
  | Refusal;

export interface Refusal {
  readonly kind: "refused";
  readonly problem: Problem;
  /** Seconds for which asking again is useless (RFC 6887 §7.4 error lifetime). */
  readonly retryAfter: number;
  /** What was asked for may stand at the gateway all the same, and let in everybody. */
  readonly mayStand?: true;
}

/** What the gateway calls its address towards the internet, or why it does not say. */
export type InquiryOutcome = { readonly kind: "address"; readonly address: string } | Refusal;

/** One entry of a gateway's table of mappings, whoever made it. */
export interface TableEntry {
  readonly transport: Transport;
  readonly externalPort: number;
  readonly internalClient: string;
  readonly internalPort: number;
  readonly description: string;
  /** Seconds left; null where it lasts until it is deleted or the gateway does not say. */
  readonly lease: number | null;
  /** The Homeport of this PC made it, for itself or for another host: in this run, or as its description says. */
  readonly ours: boolean;
  /** It leads to this PC, under the address that the gateway sees now. */
  readonly toThisPc: boolean;
}

/**
 * Told true where a request waits for its turn behind others before anything of it is sent, and false once it is sent;
 * neither where it is sent at once.
 */
export type OnQueued = (waits: boolean) => void;

export type UnmapOutcome = { readonly kind: "gone" } | Refusal;

export interface PortMapper {
  readonly protocol: MappingProtocol;
  /**
   * Settles when the gateway has answered in this protocol at all (`true`) or has shown that it does not
   * speak it (`false`: ICMP port unreachable, version error). Rejects only with the signal's reason. `pace`: of all
   * that the gateway is asked beside it; absent: nothing.
   */
  probe(signal: AbortSignal, pace?: ProbePace): Promise<boolean>;
  /**
   * Makes or renews a lease. Retransmits until an answer comes or `signal` aborts; rejects only with the
   * signal's reason. An answer to another nonce, port or source never settles it.
   */
  map(request: LeaseRequest, signal: AbortSignal, onQueued?: OnQueued): Promise<MapOutcome>;
  /** Deletes a lease of ours; the same promises as `map`. Deleting what is absent is `gone`. */
  unmap(key: LeaseKey, signal: AbortSignal, onQueued?: OnQueued): Promise<UnmapOutcome>;
  /**
   * The gateway's external address now, without leaving a mapping behind: the short-lifetime inquiry of RFC 7393 §2.3
   * where the protocol has no question of its own for it. The same promises as `map`.
   */
  inquire?(signal: AbortSignal): Promise<InquiryOutcome>;
  /** The gateway's table; null where it does not show it. Rejects only with the signal's reason. */
  table?(signal: AbortSignal): Promise<readonly TableEntry[] | null>;
  /** Deletes an entry of the table, if it is (still) ours; one that nothing shows to be ours stays, and is refused. */
  removeOurs?(
    entry: Pick<TableEntry, "transport" | "externalPort">,
    signal: AbortSignal,
  ): Promise<UnmapOutcome>;
  /** The gateway lost its state or its address changed: every lease needs to be asked for again. */
  onStateLost(listener: (signal: StateLoss) => void): void;
  /**
   * The gateway told another external address than before. Where the protocol has one for all mappings, it is theirs from
   * now on; whether they still stand is another matter, of which `onStateLost` tells.
   */
  onMoved?(listener: (address: string, signal: StateLoss) => void): void;
  /** Routes or addresses of this PC changed: what is sent next finds its way afresh. */
  networkChanged?(): void;
  /** A datagram came to the port for announcements, from whomever: not believed before its sender is checked. */
  announced?(datagram: Uint8Array, from: UdpAddress): void;
  /** Closes sockets and timers; pending calls reject. */
  close(): void;
}
