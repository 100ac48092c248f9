/** All mappings of one way in: one loop each, fed with the gateway in use. */
import { portKey } from "../../../shared/endpoint.ts";
import { sameSources } from "../../../shared/sources.ts";
import type { MappingProtocol, Problem } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import type { Layer } from "../gateway/layer.ts";
import { isOf, type Lease, type LeaseBook } from "../gateway/lease-book.ts";
import type { PortMapper } from "../gateway/port-mapper.ts";
import { needOf } from "../gateway/special-need.ts";
import type { GatewayLink, MappedPort } from "./lease-records.ts";
import { MappingLoop } from "./mapping-loop.ts";
import type { MappingView } from "./mapping-view.ts";
import type { MappingWish } from "./mapping-wish.ts";

export interface MappingsOptions {
  readonly environment: Environment;
  readonly book: LeaseBook;
  readonly layer: Layer;
  /** A view changed, or a mapping is gone. */
  readonly onChange: () => void;
}

export class Mappings {
  readonly layer: Layer;
  readonly #options: MappingsOptions;
  readonly #loops = new Map<string, MappingLoop>();
  #link: GatewayLink | null = null;
  #problem: Problem | null = null;

  constructor(options: MappingsOptions) {
    this.#options = options;
    this.layer = options.layer;
  }

  /** The protocol in use; null without a gateway. */
  get protocol(): MappingProtocol | null {
    return this.#link?.mapper.protocol ?? null;
  }

  /** What the gateway calls its address towards the internet, as the mappings that stand tell it. */
  get externalAddress(): string | null {
    for (const loop of this.#loops.values()) {
      const address = loop.view().endpoint?.address;
      if (address !== undefined) return address;
    }
    return null;
  }

  /** True while something is mapped, or asked for without an answer yet: what was refused is no mapping. */
  get hasAny(): boolean {
    return [...this.#loops.values()].some((loop) => {
      const { state } = loop.view();
      return state === "mapped" || state === "mapping";
    });
  }

  /** Keys of all that are mapped, asked for or on their way out. */
  get keys(): Iterable<string> {
    return this.#loops.keys();
  }

  want(wish: MappingWish): void {
    const loop = this.#loops.get(mappingKey(wish));
    if (loop === undefined) return this.#run(wish, true);
    // In this order: by the new protocol nothing is to be asked of the old wish.
    loop.want(wish);
    loop.attach(this.#linkFor(wish), this.#problem);
  }

  /** Takes it off the gateway, also what an earlier run left there. */
  withdraw({ transport, internalPort, host }: MappedPort): void {
    const port = { transport, internalPort, ...(host !== undefined && { host }) };
    const key = mappingKey(port);
    const loop = this.#loops.get(key);
    if (loop) {
      if (loop.wanted) loop.withdraw();
    } else if (this.#held().some((lease) => mappingKey(lease) === key)) {
      this.#run({ ...port, externalPort: null }, false);
    }
  }

  /** Takes off what lets in others than `sources`, also what an earlier run left there. */
  withdrawOther(port: MappedPort, sources: readonly string[]): void {
    const key = mappingKey(port);
    const loop = this.#loops.get(key);
    const other =
      loop === undefined
        ? this.#held().some(
            (lease) => mappingKey(lease) === key && !sameSources(lease.sources, sources),
          )
        : loop.wanted && !sameSources(loop.wish.sources, sources);
    if (other) this.withdraw(port);
  }

  retry(port: MappedPort): void {
    this.#loops.get(mappingKey(port))?.retry();
  }

  /**
   * Removes from the gateway in use, or from the first that comes, what was made there and `isWanted` does not know. What
   * another gateway holds stays in the lease book until that is met again.
   */
  clearLeftovers(isWanted: (key: string) => boolean): void {
    const link = this.#link;
    const mappers = [link?.mapper, ...(link?.answering ?? [])];
    const reached = new Set(mappers.map((mapper) => mapper?.protocol));
    for (const lease of this.#held()) {
      if (link !== null && !(isOn(lease, link) && reached.has(lease.protocol))) continue;
      if (!lease.left && !isWanted(mappingKey(lease))) this.withdraw(lease);
    }
  }

  attach(link: GatewayLink | null, problem: Problem | null): void {
    if (link?.sameServer !== undefined && link.address !== this.#link?.address) {
      this.#moveLeases(link.sameServer, link.address);
    }
    this.#link = link;
    this.#problem = problem;
    for (const loop of this.#loops.values()) loop.attach(this.#linkFor(loop.wish), problem);
  }

  suspect(): void {
    for (const loop of this.#loops.values()) loop.suspect();
  }

  moved(mapper: PortMapper, address: string): void {
    for (const loop of this.#loops.values()) loop.moved(mapper, address);
  }

  stateLost(): void {
    for (const loop of this.#loops.values()) loop.stateLost();
  }

  /** Asks the gateway again for everything that stands (see `MappingLoop.check`). */
  check(): void {
    for (const loop of this.#loops.values()) loop.check();
  }

  look(): void {
    for (const loop of this.#loops.values()) loop.look();
  }

  has(port: MappedPort): boolean {
    return this.#loops.has(mappingKey(port));
  }

  /** True when it is wanted, and not on its way out. */
  wants(port: MappedPort): boolean {
    return this.#loops.get(mappingKey(port))?.wanted === true;
  }

  wish(key: string): MappingWish | null {
    return this.#loops.get(key)?.wish ?? null;
  }

  view(port: MappedPort): MappingView | null {
    return this.#loops.get(mappingKey(port))?.view() ?? null;
  }

  /** The external port that it had last, on whatever gateway; null when it never had one. */
  remembered(port: MappedPort): number | null {
    const key = mappingKey(port);
    const leases = this.#options.book
      .all()
      .filter(
        (lease) =>
          lease.layer === this.layer && lease.externalAddress !== null && mappingKey(lease) === key,
      )
      .toSorted((a, b) => Date.parse(b.expiresAt) - Date.parse(a.expiresAt));
    return leases[0]?.externalPort ?? null;
  }

  /** Marks what is mapped as left open on purpose, so that no later run clears it away. */
  leave(): void {
    const { book, environment } = this.#options;
    for (const lease of this.#held()) {
      if (this.#loops.get(mappingKey(lease))?.view().state !== "mapped") continue;
      try {
        book.put({ ...lease, left: true });
      } catch (error) {
        environment.log.warn("lease book not written", { error: String(error) });
      }
    }
  }

  /** Leaves the gateway as it is and stops. */
  close(): void {
    for (const loop of this.#loops.values()) loop.close();
    this.#loops.clear();
  }

  #moveLeases(addresses: readonly string[], address: string): void {
    const { book, environment } = this.#options;
    try {
      book.move(addresses, address);
    } catch (error) {
      environment.log.warn("lease book not written", { error: String(error) });
    }
  }

  #held(): readonly Lease[] {
    return this.#options.book.held().filter((lease) => lease.layer === this.layer);
  }

  #run(wish: MappingWish, wanted: boolean): void {
    const key = mappingKey(wish);
    const { environment, book, layer, onChange } = this.#options;
    const loop = new MappingLoop({
      environment,
      book,
      layer,
      wish,
      wanted,
      onChange,
      onGone: () => {
        this.#loops.delete(key);
        onChange();
      },
    });
    this.#loops.set(key, loop);
    loop.attach(this.#linkFor(wish), this.#problem);
    onChange();
  }

  #linkFor(wish: MappingWish): GatewayLink | null {
    const link = this.#link;
    const need = needOf(wish);
    if (link === null || need === null || link.mapperFor === undefined) return link;
    const mapper = link.mapperFor(need);
    return mapper === null ? null : { ...link, mapper };
  }
}

export function mappingKey({ transport, internalPort, host }: MappedPort): string {
  return portKey(transport, internalPort, host);
}

function isOn(lease: Lease, link: GatewayLink): boolean {
  return lease.gateway === link.address && isOf(lease, link);
}
