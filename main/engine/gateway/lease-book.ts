/**
 * What we made on gateways, on disk before it is asked for: after a crash the same nonce renews or removes it.
 * Only what stands here is ever deleted on a gateway, so nothing of anybody else's can be.
 */
import { z } from "zod";
import { portKey } from "../../../shared/endpoint.ts";
import { gatewayAddressSchema, portSchema, transportSchema } from "../../../shared/settings.ts";
import { MOST_SOURCES } from "../../../shared/sources.ts";
import type { MappingProtocol, Notice, Transport } from "../../../shared/snapshot.ts";
import { keptAs } from "../files/json-file.ts";
import { RecordFile } from "../files/record-file.ts";
import { layerSchema } from "./layer.ts";
import type { LeaseKey } from "./port-mapper.ts";

const leaseSchema = z.strictObject({
  gateway: z.union([gatewayAddressSchema, z.string().regex(/^fe80:[0-9a-f:]{1,40}%[\w.-]{1,40}$/)]),
  /** Its link-layer address, where that was known: routers of many networks are called 192.168.1.1. */
  router: z.string().max(50).optional(),
  /** Which way in it belongs to. */
  layer: layerSchema.default("ipv4"),
  protocol: z.enum(["pcp", "nat-pmp", "upnp"]),
  transport: transportSchema,
  internalPort: portSchema,
  /** The device that is opened; absent: this PC. */
  host: z.ipv4().optional(),
  /** Ports of the mapping, from `internalPort` on; absent: one. */
  count: z.number().int().min(2).max(16).optional(),
  /** The only visitors that it lets in; absent: everybody. */
  sources: z.array(z.string().max(50)).min(1).max(MOST_SOURCES).optional(),
  /** Our address under which it was made, where the gateway's table names that; absent also where another made it. */
  internalClient: z.ipv4().optional(),
  /** 12 bytes in hexadecimal (RFC 6887 §11.1). */
  nonce: z.string().regex(/^[0-9a-f]{24}$/),
  /** Null while the gateway has not answered. */
  externalAddress: gatewayAddressSchema.nullable(),
  /** The assigned port, or the one asked for; asked for again after a release, so that endpoints stay the same. */
  externalPort: portSchema,
  /** Seconds granted, or asked for while unanswered; 0 once it was released. */
  lifetime: z.number().int().min(0),
  /** When the gateway forgets it at the latest; the past once it was released. */
  expiresAt: z.iso.datetime(),
  /** Left open on purpose (`--once`): a later run does not clear it away as a leftover. */
  left: z.boolean().default(false),
});
export type Lease = Readonly<z.infer<typeof leaseSchema>>;

export interface LeaseRef {
  readonly gateway: string;
  /** Null where it is not known. */
  readonly router?: string | null | undefined;
  readonly protocol: MappingProtocol;
  readonly transport: Transport;
  readonly internalPort: number;
  readonly host?: string | undefined;
}

/** Leases on disk; what ends first makes room. */
const MOST_LEASES = 10_000;

/** Days for which the port of an ended lease is remembered, so that an endpoint stays the same over breaks. */
const REMEMBER_MS = 30 * 24 * 3600_000;

export class LeaseBook {
  readonly #file: RecordFile<Lease>;
  readonly #now: () => number;
  readonly #leases = new Map<string, Lease>();
  /** The same by their place and key, since each is looked up with every change that is shown. */
  readonly #places = new Map<string, Map<string, Lease>>();

  constructor(path: string, now: () => number) {
    this.#file = new RecordFile(path, leaseSchema);
    this.#now = now;
  }

  /** Reads the book; a damaged one is kept aside and told. Forgets what ended long ago. */
  load(): Notice[] {
    const read = this.#file.read(this.#now());
    if (read.kind === "absent") return [];
    if (read.kind === "damaged") {
      return [
        {
          id: "lease-book-damaged",
          level: "warning",
          message: `The record of ports opened earlier could not be read${keptAs(read.aside)}. Ports opened before may stay open until the router forgets them.`,
        },
      ];
    }
    for (const lease of read.value) this.#keep(lease);
    for (const [key, lease] of this.#leases) {
      if (Date.parse(lease.expiresAt) + REMEMBER_MS < this.#now()) this.#forget(key);
    }
    return [];
  }

  /** The latest of this router: with another one's nonce nothing is to be asked of it. */
  find(ref: LeaseRef): Lease | null {
    return latestOf(this.#at(ref).filter((lease) => isOf(lease, ref)));
  }

  /** The latest of whichever router has, or had, that address. */
  latest(place: Omit<LeaseRef, "router">): Lease | null {
    return latestOf(this.#at(place));
  }

  #at(place: Omit<LeaseRef, "router">): readonly Lease[] {
    return [...(this.#places.get(placeOf(place))?.values() ?? [])];
  }

  all(): readonly Lease[] {
    return [...this.#leases.values()];
  }

  /** Leases the gateway may still hold at this moment. */
  held(): readonly Lease[] {
    return this.all().filter((lease) => this.mayBeHeld(lease));
  }

  /** True until it expires or is released: asked for counts, since the answer may have been lost. */
  mayBeHeld(lease: Lease): boolean {
    return Date.parse(lease.expiresAt) > this.#now();
  }

  /** Writes at once; throws the system's error, and the caller must not ask the gateway for it then. */
  put(lease: Lease): void {
    this.#file.add(lease, this.#leases);
    this.#keep(lease);
  }

  /**
   * What a server granted by PCP at other addresses of it is from now on known as granted at `address`, with the nonce
   * that it was granted under (RFC 7488 §3). Throws the system's error.
   */
  move(addresses: readonly string[], address: string): void {
    const granted = this.all().filter((lease) => lease.protocol === "pcp" && lease.lifetime > 0);
    for (const lease of granted) {
      if (lease.gateway === address || !addresses.includes(lease.gateway)) continue;
      const { router: _router, ...moved } = { ...lease, gateway: address };
      const there = this.latest(moved);
      if (there === null || there.lifetime === 0) this.put(moved);
      this.put({ ...lease, lifetime: 0, expiresAt: new Date(this.#now()).toISOString() });
    }
  }

  #keep(lease: Lease): void {
    // What was granted before it was known by whom.
    if (lease.router !== undefined) this.#forget(placeOf(lease));
    const key = keyOf(lease);
    if (!this.#leases.has(key) && this.#leases.size === MOST_LEASES) {
      const [first] = [...this.#leases.values()].toSorted(byEnd);
      if (first !== undefined) this.#forget(keyOf(first));
    }
    this.#leases.set(key, lease);
    const place = placeOf(lease);
    this.#places.set(place, (this.#places.get(place) ?? new Map()).set(key, lease));
  }

  #forget(key: string): void {
    const lease = this.#leases.get(key);
    if (lease === undefined) return;
    this.#leases.delete(key);
    const place = placeOf(lease);
    const there = this.#places.get(place);
    there?.delete(key);
    if (there?.size === 0) this.#places.delete(place);
  }
}

/** What names a lease to the gateway that granted it. */
export function leaseKeyOf(lease: Lease): LeaseKey {
  const { transport, internalPort, externalPort, nonce, host, count, sources } = lease;
  const { internalClient: formerClient } = lease;
  return {
    transport,
    internalPort,
    nonce: Uint8Array.from(Buffer.from(nonce, "hex")),
    externalPort,
    ...(host !== undefined && { host }),
    ...(formerClient !== undefined && { formerClient }),
    ...(count !== undefined && { count }),
    ...(sources !== undefined && { sources }),
  };
}

function byEnd(a: Lease, b: Lease): number {
  return Date.parse(a.expiresAt) - Date.parse(b.expiresAt);
}

function latestOf(leases: readonly Lease[]): Lease | null {
  return leases.toSorted((a, b) => grantedAt(b) - grantedAt(a))[0] ?? null;
}

/** Milliseconds of the wall clock. */
function grantedAt({ expiresAt, lifetime }: Lease): number {
  return Date.parse(expiresAt) - lifetime * 1000;
}

/** True unless it is bound to a router that this one is not known to be. */
export function isOf(lease: Lease, { router }: Pick<LeaseRef, "router">): boolean {
  return lease.router === undefined || lease.router === router;
}

/** False where another router is known to have the address: what that one holds is not held here. */
export function mayBeOf(lease: Lease, { router }: Pick<LeaseRef, "router">): boolean {
  return lease.router === undefined || router == null || lease.router === router;
}

function keyOf(lease: Lease): string {
  return lease.router === undefined ? placeOf(lease) : `${placeOf(lease)} ${lease.router}`;
}

function placeOf({ gateway, protocol, transport, internalPort, host }: LeaseRef): string {
  return `${gateway} ${protocol} ${portKey(transport, internalPort, host)}`;
}
