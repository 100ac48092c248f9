/** The whole table of a gateway, read in small steps: whoever wants a mapping meanwhile has a turn in between. */
import type { Transport } from "../../../../../shared/snapshot.ts";
import type { ActionFailure } from "../device/action.ts";
import type { IgdControl } from "./control.ts";
import type { PortEntry } from "./port-entry.ts";
import { MAX_ENTRIES } from "./port-table.ts";

type TableStep =
  | { readonly kind: "more" }
  /** Null where the gateway does not show its table. */
  | { readonly kind: "table"; readonly entries: readonly PortEntry[] | null }
  | Extract<ActionFailure, { kind: "unreachable" }>;

/** How often it is begun anew because its places moved under it. */
const MAX_RESTARTS = 2;

export class TableReading {
  #control: IgdControl | null = null;
  #changes = 0;
  #restarts = 0;
  #steps: ((signal: AbortSignal) => Promise<TableStep>) | null = null;

  /** The next step, with at most one request, by the control point as it is now. */
  step(control: IgdControl, signal: AbortSignal): Promise<TableStep> {
    const moved = this.#changes !== control.changes && this.#restarts < MAX_RESTARTS;
    if (this.#steps === null || this.#control !== control || moved) {
      if (this.#control === control) this.#restarts += 1;
      this.#control = control;
      this.#changes = control.changes;
      this.#steps = steps(control);
    }
    return this.#steps(signal);
  }
}

/** First by whole answers, and where they do not give all, place by place. */
function steps(control: IgdControl): (signal: AbortSignal) => Promise<TableStep> {
  const { table } = control;
  const entries: PortEntry[] = [];
  const seen = new Set<string>();
  let next: (signal: AbortSignal) => Promise<TableStep> = begin;
  let index = 0;

  async function begin(signal: AbortSignal): Promise<TableStep> {
    next = (await table.tellsListing(signal)) ? listTcp : readPlace;
    return { kind: "more" };
  }

  async function listTcp(signal: AbortSignal): Promise<TableStep> {
    next = listUdp;
    return list("tcp", signal);
  }

  async function listUdp(signal: AbortSignal): Promise<TableStep> {
    const listed = await list("udp", signal);
    // An empty one may leave out what we are not to see, and a long one is cut.
    const whole = entries.length > 0 && entries.length <= MAX_ENTRIES;
    if (listed.kind !== "more" || next === readPlace) return listed;
    return whole ? { kind: "table", entries } : byPlace();
  }

  async function list(transport: Transport, signal: AbortSignal): Promise<TableStep> {
    const listed = await table.listing(transport, signal);
    if (listed.kind === "unreachable") return listed;
    if (listed.kind === "untold") return byPlace();
    entries.push(...listed.entries);
    return { kind: "more" };
  }

  function byPlace(): TableStep {
    entries.length = 0;
    next = readPlace;
    return { kind: "more" };
  }

  async function readPlace(signal: AbortSignal): Promise<TableStep> {
    const place = await table.at(index, signal);
    if (place.kind === "unreachable") return place;
    const isNew = place.kind === "place" && !seen.has(place.words);
    if (isNew) {
      seen.add(place.words);
      if (place.entry !== null) entries.push(place.entry);
      index += 1;
      if (index < MAX_ENTRIES) return { kind: "more" };
    }
    const shown = place.kind === "absent" || entries.length > 0;
    return { kind: "table", entries: shown ? entries : null };
  }

  return (signal) => next(signal);
}
