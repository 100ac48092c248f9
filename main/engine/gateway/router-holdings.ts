/** What a router holds, and how what we left there is removed. */
import { problem } from "../../../shared/problems.ts";
import type { RouterTable, RouterTableRow } from "../../../shared/router-table.ts";
import type { Problem } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import type { GatewayTracker } from "./gateway-tracker.ts";
import { type Lease, type LeaseBook, mayBeOf } from "./lease-book.ts";
import type { PortMapper } from "./port-mapper.ts";
import { routerTable } from "./router-table.ts";

export interface RouterHoldingsOptions {
  readonly environment: Pick<Environment, "clock" | "log">;
  readonly book: Pick<LeaseBook, "held">;
  readonly router: () => Pick<GatewayTracker, "address" | "router" | "mappers">;
}

/** Milliseconds; a list is read entry by entry. */
const PATIENCE = 10_000;

export class RouterHoldings {
  readonly #options: RouterHoldingsOptions;

  constructor(options: RouterHoldingsOptions) {
    this.#options = options;
  }

  /** Null without a router. */
  async table(): Promise<RouterTable | null> {
    const { address } = this.#options.router();
    if (address === null) return null;
    const told = await this.#ask((mapper, signal) => mapper.table?.(signal));
    return routerTable(address, told ?? null, this.#heldOn(address));
  }

  /** Removes what an earlier run of ours left on the router; nobody else's. */
  async removeLeaked(
    entry: Pick<RouterTableRow, "transport" | "externalPort">,
  ): Promise<Problem | null> {
    const { address } = this.#options.router();
    if (address === null) return problem("no-gateway");
    const isHeld = this.#heldOn(address).some(
      (lease) => lease.transport === entry.transport && lease.externalPort === entry.externalPort,
    );
    if (isHeld) return problem("mapping-in-use");
    const outcome = await this.#ask((mapper, signal) => mapper.removeOurs?.(entry, signal));
    if (outcome === undefined) return problem("no-response");
    return outcome.kind === "refused" ? outcome.problem : null;
  }

  #heldOn(address: string): readonly Lease[] {
    const router = this.#options.router();
    const held = this.#options.book.held().filter((lease) => mayBeOf(lease, router));
    return held.filter(({ layer, gateway }) => layer === "ipv4" && gateway === address);
  }

  /** Asks the first protocol of the router that can tell; undefined when none can, or not in time. */
  async #ask<T>(
    question: (mapper: PortMapper, signal: AbortSignal) => Promise<T> | undefined,
  ): Promise<T | undefined> {
    const abort = new AbortController();
    const { clock, log } = this.#options.environment;
    const patience = clock.after(PATIENCE, () => abort.abort(new Error("no answer in time")));
    try {
      for (const mapper of this.#options.router().mappers) {
        const answer = question(mapper, abort.signal);
        if (answer !== undefined) return await answer;
      }
    } catch (error) {
      log.info("the router's table", { error: String(error) });
    } finally {
      patience();
    }
    return undefined;
  }
}
