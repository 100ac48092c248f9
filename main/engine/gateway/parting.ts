/**
 * Closes what we opened on a gateway that is left for another while it still answers: nobody renews it, and until it
 * ends by itself it would stand open unseen.
 */
import type { Cancel, Environment } from "../environment.ts";
import type { MapperFactory } from "./mapper-factory.ts";
import type { Layer } from "./layer.ts";
import { isOf, type Lease, type LeaseBook, leaseKeyOf } from "./lease-book.ts";
import type { GatewayRef, PortMapper } from "./port-mapper.ts";

export interface PartingOptions {
  readonly environment: Environment;
  readonly createMappers: MapperFactory;
  readonly book: Pick<LeaseBook, "held" | "put">;
  readonly layer: Layer;
  /** The address of the gateway in use now; null without one. */
  readonly inUse: () => string | null;
}

/** Milliseconds until the mappings stand on the other gateway: visitors that come now are let in by one of the two. */
const AFTER = 5000;
/** Milliseconds for all answers. */
const PATIENCE = 10_000;

export class Parting {
  readonly #options: PartingOptions;
  readonly #waiting = new Map<string, Cancel>();
  readonly #end = new AbortController();

  constructor(options: PartingOptions) {
    this.#options = options;
  }

  /** `gateway` is in use no more, of this link-layer address. Nothing happens to it if it is again by then. */
  from(gateway: GatewayRef, router: string | null): void {
    const { address } = gateway;
    this.#waiting.get(address)?.();
    const later = this.#options.environment.clock.after(AFTER, () => {
      this.#waiting.delete(address);
      void this.#release(gateway, router);
    });
    this.#waiting.set(address, later);
  }

  close(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
    this.#end.abort(new Error("closed"));
  }

  async #release(gateway: GatewayRef, router: string | null): Promise<void> {
    const { environment, createMappers, book, layer, inUse } = this.#options;
    if (inUse() === gateway.address) return;
    const leases = book
      .held()
      .filter((lease) => lease.layer === layer && lease.gateway === gateway.address && !lease.left)
      .filter((lease) => isOf(lease, { router }));
    if (leases.length === 0) return;
    const abort = new AbortController();
    const patience = environment.clock.after(PATIENCE, () => abort.abort(new Error("no answer")));
    const signal = AbortSignal.any([abort.signal, this.#end.signal]);
    const mappers = createMappers(gateway);
    try {
      await Promise.all(leases.map((lease) => this.#unmap(lease, mappers, signal)));
    } finally {
      patience();
      for (const mapper of mappers) mapper.close();
    }
  }

  async #unmap(lease: Lease, mappers: readonly PortMapper[], signal: AbortSignal): Promise<void> {
    const { environment, book, inUse } = this.#options;
    const { clock, log } = environment;
    const mapper = mappers.find(({ protocol }) => protocol === lease.protocol);
    try {
      const outcome = await mapper?.unmap(leaseKeyOf(lease), signal);
      // In use again meanwhile: what is asked for there now is written by whoever asks.
      if (outcome?.kind !== "gone" || inUse() === lease.gateway) return;
      book.put({ ...lease, lifetime: 0, expiresAt: new Date(clock.now()).toISOString() });
    } catch (error) {
      // It ends by itself.
      log.info("left open on the other gateway", { error: String(error) });
    }
  }
}
