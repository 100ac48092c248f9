/** Plans names from what is exposed now, and from what the book remembers where that cannot be told. */
import type { NameSetting } from "../../../shared/settings.ts";
import type { NameBook } from "./name-book.ts";
import { type NamePlan, planName } from "./plan.ts";
import {
  type ExposedService,
  type KnownEndpoint,
  noHint,
  type PlanCapabilities,
  type ServiceHint,
} from "./plan-input.ts";

/** An Exposure as far as names care. */
export interface NamedExposure {
  /** E.g. `tcp/25565`. */
  readonly key: string;
  /** Empty while it is not known. */
  readonly endpoints: readonly KnownEndpoint[];
  /** Null when it cannot be told now what kind of server it is. */
  readonly hint: ServiceHint | null;
}

/** Until the provider's abilities are known. */
const anyCapabilities: PlanCapabilities = {
  types: ["A", "AAAA", "SRV", "TXT", "HTTPS"],
  namesBelow: true,
  minimumTtl: 0,
  removes: true,
  redirects: true,
};

export class NamePlanner {
  readonly #book: NameBook;
  #exposures: readonly NamedExposure[] | null = null;

  constructor(book: NameBook) {
    this.#book = book;
  }

  /** False until it was told for the first time what is exposed: nothing may be planned before. */
  get ready(): boolean {
    return this.#exposures !== null;
  }

  /** What is exposed from now on; false when that is nothing new. */
  expose(exposures: readonly NamedExposure[]): boolean {
    for (const { key, hint } of exposures) if (hint !== null) this.#book.putHint(key, hint);
    if (this.#exposures !== null && JSON.stringify(exposures) === JSON.stringify(this.#exposures)) {
      return false;
    }
    this.#exposures = exposures;
    return true;
  }

  /** Null `capabilities` are not known yet. */
  plan(name: NameSetting, capabilities: PlanCapabilities | null): NamePlan {
    return planName({
      name,
      capabilities: capabilities ?? anyCapabilities,
      services: this.#servicesOf(name),
      published: this.#book.name(name.fqdn, name.account)?.published ?? [],
      marker: this.#book.marker,
    });
  }

  #servicesOf(name: NameSetting): readonly ExposedService[] {
    return (this.#exposures ?? []).flatMap(({ key, endpoints, hint }) => {
      if (name.exposures !== "all" && !name.exposures.includes(key)) return [];
      const known = hint ?? this.#book.hint(key) ?? noHint;
      const srv = name.services[key];
      const byHand = srv === undefined ? {} : { srv: srv === "" ? null : srv };
      return [{ key, endpoints, hint: { ...known, ...byHand } }];
    });
  }
}
