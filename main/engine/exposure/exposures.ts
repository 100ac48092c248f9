/** All exposures of this run: one mapping loop each, fed with the gateway in use. */
import { addressScope } from "../../../shared/address-scope.ts";
import { portKey } from "../../../shared/endpoint.ts";
import { problem } from "../../../shared/problems.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { Exposure, Problem, Transport } from "../../../shared/snapshot.ts";
import type { Environment } from "../environment.ts";
import type { LeaseBook } from "../gateway/lease-book.ts";
import { type GatewayLink, MappingLoop } from "./mapping-loop.ts";

export interface ExposuresOptions {
  readonly environment: Environment;
  readonly book: LeaseBook;
  readonly onChange: () => void;
}

interface PortRef {
  readonly transport: Transport;
  readonly internalPort: number;
}

export class Exposures {
  readonly #options: ExposuresOptions;
  readonly #loops = new Map<string, MappingLoop>();
  #link: GatewayLink | null = null;
  #problem: Problem | null = null;
  /** Called when the next loop is gone. */
  readonly #waiting: (() => void)[] = [];

  constructor(options: ExposuresOptions) {
    this.#options = options;
  }

  want(intent: ExposureIntent): void {
    const existing = this.#loops.get(keyOf(intent));
    if (existing) existing.want(intent);
    else this.#open(intent, true);
  }

  withdraw(ref: PortRef): void {
    this.#loops.get(keyOf(ref))?.withdraw();
  }

  retry(ref: PortRef): void {
    this.#loops.get(keyOf(ref))?.retry();
  }

  has(ref: PortRef): boolean {
    return this.#loops.has(keyOf(ref));
  }

  /** Removes what an earlier run made and nobody wants any more. */
  clearLeftovers(): void {
    for (const lease of this.#options.book.held()) {
      if (lease.left || this.has(lease)) continue;
      const { transport, internalPort } = lease;
      this.#open({ transport, internalPort, externalPort: null }, false);
    }
  }

  attach(link: GatewayLink | null, problem: Problem | null): void {
    this.#link = link;
    this.#problem = problem;
    for (const loop of this.#loops.values()) loop.attach(link, problem);
  }

  stateLost(): void {
    for (const loop of this.#loops.values()) loop.stateLost();
  }

  /** Asks the gateway again for everything that stands (see `MappingLoop.check`). */
  check(): void {
    for (const loop of this.#loops.values()) loop.check();
  }

  /** Withdraws everything, or what is not mapped; resolves when that is off the gateway. */
  async release(which: "all" | "unmapped"): Promise<void> {
    const leaving = [...this.#loops.values()].filter(
      (loop) => which === "all" || loop.view().state !== "mapped",
    );
    for (const loop of leaving) loop.withdraw();
    const isLeft = (): boolean => [...this.#loops.values()].some((loop) => leaving.includes(loop));
    while (isLeft()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Marks what is mapped as left open on purpose, so that no later run clears it away. */
  leave(): void {
    const { book, environment } = this.#options;
    for (const lease of book.held()) {
      if (this.#loops.get(keyOf(lease))?.view().state !== "mapped") continue;
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

  /** Sorted by transport and port; `listens` tells whether a program listens there. */
  views(listens: (transport: Transport, port: number) => boolean): readonly Exposure[] {
    return [...this.#loops.values()]
      .map((loop): Exposure => {
        const { transport, internalPort } = loop.intent;
        const view = loop.view();
        return {
          transport,
          internalPort,
          listening: listens(transport, internalPort),
          ...view,
          finding: view.endpoint === null ? null : findingOf(view.endpoint.address),
        };
      })
      .toSorted(
        (a, b) => a.internalPort - b.internalPort || a.transport.localeCompare(b.transport),
      );
  }

  #open(intent: ExposureIntent, wanted: boolean): void {
    const key = keyOf(intent);
    const { environment, book, onChange } = this.#options;
    const loop = new MappingLoop({
      environment,
      book,
      intent,
      wanted,
      onChange,
      onGone: () => {
        this.#loops.delete(key);
        onChange();
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
    });
    this.#loops.set(key, loop);
    loop.attach(this.#link, this.#problem);
    onChange();
  }
}

/** What the external address alone says about visitors (DESIGN: "mapped, not reachable"). */
function findingOf(externalAddress: string): Problem | null {
  switch (addressScope(externalAddress)) {
    case "public":
    case "loopback":
      return null;
    case "private":
      return problem("double-nat", externalAddress);
    case "shared":
      return problem("shared-address", externalAddress);
    case "ds-lite":
      return problem("ds-lite", externalAddress);
    case "unusable":
      return problem("unusable-address", externalAddress);
  }
}

function keyOf(ref: PortRef): string {
  return portKey(ref.transport, ref.internalPort);
}
