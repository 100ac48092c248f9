/**
 * The servers beside the first of each family, as far as several are named. All are asked at once, each by its own
 * addresses: the first in order that answers is used until it does not any more (RFC 7488 §3, §4).
 */
import type { GatewayTracker } from "./gateway-tracker.ts";
import { familyOf, type FurtherLayer, furtherLayers } from "./layer.ts";
import type { GatewayRef } from "./port-mapper.ts";

export interface FurtherServersOptions {
  readonly createTracker: (
    layer: FurtherLayer,
    candidates: () => Promise<readonly GatewayRef[]>,
  ) => GatewayTracker;
  /** True for one that is asked on another way in. */
  readonly isAsked: (address: string) => boolean;
}

export class FurtherServers {
  readonly #options: FurtherServersOptions;
  readonly #named = new Map<FurtherLayer, readonly GatewayRef[]>();
  /** Made when there is somebody to ask: hardly any network names more than one server. */
  readonly #trackers = new Map<FurtherLayer, GatewayTracker>();
  #closed = false;

  constructor(options: FurtherServersOptions) {
    this.#options = options;
  }

  /** In the order in which they are named. */
  get trackers(): readonly GatewayTracker[] {
    return furtherLayers.flatMap((layer) => this.#trackers.get(layer) ?? []);
  }

  tracker(layer: FurtherLayer): GatewayTracker | undefined {
    return this.#trackers.get(layer);
  }

  /** Of each server of the family beside the first its addresses, as they are named now. */
  learn(family: 4 | 6, servers: readonly (readonly GatewayRef[])[]): void {
    if (this.#closed) return;
    const own = furtherLayers.filter((layer) => familyOf(layer) === family);
    for (const [at, layer] of own.entries()) {
      const addresses = servers[at] ?? [];
      this.#named.set(layer, addresses);
      if (addresses.length > 0) this.#need(layer);
      this.#look(layer);
    }
  }

  /** What is asked on another way in changed. */
  look(): void {
    for (const layer of this.#trackers.keys()) this.#look(layer);
  }

  /** What is learned after that changes nothing. */
  close(): void {
    this.#closed = true;
    for (const tracker of this.#trackers.values()) tracker.close();
  }

  #need(layer: FurtherLayer): void {
    if (this.#trackers.has(layer)) return;
    const { createTracker, isAsked } = this.#options;
    const tracker = createTracker(layer, async () =>
      (this.#named.get(layer) ?? []).filter(({ address }) => !isAsked(address)),
    );
    this.#trackers.set(layer, tracker);
  }

  /** What is named no more was named as a server of its own, so that nobody else renews what stands there. */
  #look(layer: FurtherLayer): void {
    void this.#trackers.get(layer)?.look({ chosen: true });
  }
}
