/** A gateway's table of mappings: one entry by its key, or the list of them (WANIPConnection:2 §2.5.14, .15, .21). */
import type { Transport } from "../../../../../shared/snapshot.ts";
import type { ActionFailure, ActionValues } from "../device/action.ts";
import {
  absentCodes,
  keyArguments,
  type PortEntry,
  readEntry,
  readPortListing,
} from "./port-entry.ts";
import type { Quirks } from "./quirks.ts";
import type { ServiceDeclaration } from "../device/service-declaration.ts";
import type { SoapArguments } from "../device/soap.ts";

/** Entries that are read of a list; the routers of homes have room for a few dozen. */
export const MAX_ENTRIES = 500;
/** Bytes of a list that comes in one answer. */
const MAX_LISTING = 262_144;
/** PortMappingNotFound in a whole range (WANIPConnection:2 §2.5.21). */
const NONE_IN_RANGE = 730;

export type Lookup =
  | { readonly kind: "entry"; readonly entry: PortEntry }
  | { readonly kind: "absent" }
  /** The gateway answers, but this it does not tell. */
  | { readonly kind: "untold" }
  | Extract<ActionFailure, { kind: "unreachable" }>;

/** One place of the list, whose words tell it from others; no entry where it holds none that makes sense. */
type Place =
  | { readonly kind: "place"; readonly words: string; readonly entry: PortEntry | null }
  | Exclude<Lookup, { kind: "entry" }>;

export interface PortTableOptions {
  /** Of the service. */
  readonly version: number;
  /** The only visitor of the entries that are looked up; empty for everybody. */
  readonly remoteHost: string;
  readonly declaration: Pick<ServiceDeclaration, "known" | "read">;
  readonly quirks: Quirks;
  readonly invoke: (
    action: string,
    values: SoapArguments,
    signal: AbortSignal,
    maxBytes?: number,
  ) => Promise<ActionValues | ActionFailure>;
}

export class PortTable {
  readonly #options: PortTableOptions;

  constructor(options: PortTableOptions) {
    this.#options = options;
  }

  /** The entry of one external port; by the list, where the gateway cannot tell of a single one. */
  async lookUp(transport: Transport, externalPort: number, signal: AbortSignal): Promise<Lookup> {
    if (this.#goesByList()) return this.lookUpInList(transport, externalPort, signal);
    const { remoteHost } = this.#options;
    const answer = await this.#options.invoke(
      "GetSpecificPortMappingEntry",
      keyArguments(transport, externalPort, remoteHost),
      signal,
    );
    if (answer.kind === "unreachable") return answer;
    if (answer.kind === "fault" && absentCodes.has(answer.code)) return { kind: "absent" };
    const entry =
      answer.kind === "values"
        ? readEntry(answer.values, transport, externalPort, remoteHost)
        : null;
    // Placeholders without a client are free: https://github.com/lontivero/Open.NAT/issues/22
    if (entry !== null) {
      return entry.internalClient === "" ? { kind: "absent" } : { kind: "entry", entry };
    }
    return this.lookUpInList(transport, externalPort, signal);
  }

  /** The same by the list alone, for an entry that `lookUp` did not find although it should be there. */
  async lookUpInList(
    transport: Transport,
    externalPort: number,
    signal: AbortSignal,
  ): Promise<Lookup> {
    const { quirks } = this.#options;
    const there = (entry: PortEntry): boolean =>
      entry.transport === transport &&
      entry.externalPort === externalPort &&
      entry.remoteHost === this.#options.remoteHost;
    const byList = this.#goesByList();
    const found = await this.find(there, signal);
    if (found.kind === "entry" && !byList) quirks.learn({ listOnly: true });
    // A list that is not shown any more is no better than its keys.
    if (found.kind === "untold" && quirks.known.listOnly) quirks.learn({ listOnly: undefined });
    return found;
  }

  /** The first entry of the list that `matches`; `absent` only when the whole list was read. */
  async find(matches: (entry: PortEntry) => boolean, signal: AbortSignal): Promise<Lookup> {
    const seen = new Set<string>();
    for (let index = 0; index < MAX_ENTRIES; index += 1) {
      const place = await this.at(index, signal);
      if (place.kind !== "place") return place;
      // Some begin anew at the end, or say the same at every place.
      if (seen.has(place.words)) break;
      seen.add(place.words);
      const { entry } = place;
      if (entry !== null && matches(entry)) return { kind: "entry", entry };
    }
    return { kind: "untold" };
  }

  /** One place of the list; `absent` behind its end. */
  async at(index: number, signal: AbortSignal): Promise<Place> {
    if (!this.#has("GetGenericPortMappingEntry")) return { kind: "untold" };
    const answer = await this.#options.invoke(
      "GetGenericPortMappingEntry",
      [["NewPortMappingIndex", index]],
      signal,
    );
    if (answer.kind === "unreachable") return answer;
    if (answer.kind !== "values") {
      const told = answer.kind === "fault" && absentCodes.has(answer.code);
      // RomPager ends its list with 501: https://github.com/ofekp/TinyUPnP/issues/14
      return { kind: told || index > 0 ? "absent" : "untold" };
    }
    const entry = readEntry(answer.values);
    const words = JSON.stringify(answer.values);
    return { kind: "place", words, entry: entry?.internalClient === "" ? null : entry };
  }

  /** Whether the gateway can tell its list in one answer (WANIPConnection:2 §2.5.21). */
  async tellsListing(signal: AbortSignal): Promise<boolean> {
    const { declaration, version } = this.#options;
    const scpd = await declaration.read(signal);
    return scpd?.actions.has("GetListOfPortMappings") ?? version >= 2;
  }

  /**
   * All entries of one transport in one answer; one more than `MAX_ENTRIES` where there are more. It may leave out
   * what we are not allowed to see, so that an empty one is worth a second look.
   */
  async listing(
    transport: Transport,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "listing"; readonly entries: readonly PortEntry[] }
    | Extract<Lookup, { kind: "untold" | "unreachable" }>
  > {
    const asked: SoapArguments = [
      ["NewStartPort", 0],
      ["NewEndPort", 65_535],
      ["NewProtocol", transport.toUpperCase()],
      ["NewManage", 1],
      ["NewNumberOfPorts", MAX_ENTRIES + 1],
    ];
    const { invoke } = this.#options;
    const answer = await invoke("GetListOfPortMappings", asked, signal, MAX_LISTING);
    if (answer.kind === "unreachable") return answer;
    if (answer.kind === "fault" && answer.code === NONE_IN_RANGE) {
      return { kind: "listing", entries: [] };
    }
    const told = answer.kind === "values" ? (answer.values["NewPortListing"] ?? "") : "";
    const listed = readPortListing(told);
    if (listed === null) return { kind: "untold" };
    const entries = listed.filter(({ internalClient }) => internalClient !== "");
    return { kind: "listing", entries };
  }

  /** Where neither way to read the table is declared, single entries are asked for all the same. */
  #goesByList(): boolean {
    if (this.#options.quirks.known.listOnly) return true;
    return !this.#has("GetSpecificPortMappingEntry") && this.#has("GetGenericPortMappingEntry");
  }

  /** Of an action that every version has: false only where the service declares itself without. */
  #has(action: string): boolean {
    return this.#options.declaration.known?.actions.has(action) ?? true;
  }
}
