/** The actions of a gateway's WANIPConnection or WANPPPConnection that Homeport uses (WANIPConnection:2 §2.5). */
import ipaddr from "ipaddr.js";
import type { Transport } from "../../../../shared/snapshot.ts";
import type { Lan } from "../../environment.ts";
import { sameAddress } from "../pcp/addresses.ts";
import { type ActionFailure, type ActionValues, invokeAction } from "./action.ts";
import type { IgdService } from "./description.ts";
import {
  keyArguments,
  type PortEntry,
  readEntry,
  readPort,
  readPortListing,
} from "./port-entry.ts";
import type { SoapArguments } from "./soap.ts";

/** Entries that are read of a list; the routers of homes have room for a few dozen. */
const MAX_ENTRIES = 500;
/** Bytes of a list that comes in one answer. */
const MAX_LISTING = 262_144;

export interface PortEntryWish {
  readonly transport: Transport;
  readonly externalPort: number;
  readonly internalPort: number;
  readonly description: string;
  /** Seconds; 0 lasts until it is deleted. */
  readonly lease: number;
}

export type Lookup =
  | { readonly kind: "entry"; readonly entry: PortEntry }
  | { readonly kind: "absent" }
  /** The gateway answers, but this it does not tell. */
  | { readonly kind: "untold" }
  | Extract<ActionFailure, { kind: "unreachable" }>;

/** In the place of an address that the gateway does not have. */
export const NO_ADDRESS = "0.0.0.0";

/** Faults that mean "there is no such entry". */
const absentCodes: ReadonlySet<number> = new Set([713, 714]);
/** PortMappingNotFound in a whole range (WANIPConnection:2 §2.5.21). */
const NONE_IN_RANGE = 730;

export class IgdControl {
  readonly service: IgdService;
  /** Our address that the requests are sent from. */
  readonly localAddress: string;
  /** Where our mappings lead to: this PC as the gateway sees it, or another host. */
  readonly internalClient: string;
  /** This PC as the gateway sees it, where our mappings lead to another host; null where they lead here. */
  readonly via: string | null;
  readonly #lan: Lan;
  /** It denied an entry that its list has: https://github.com/ofekp/TinyUPnP/issues/69 */
  #keysLie = false;

  /** `internalClient` is `localAddress` where no router translates between. */
  constructor(
    lan: Lan,
    service: IgdService,
    localAddress: string,
    internalClient = localAddress,
    via: string | null = null,
  ) {
    this.#lan = lan;
    this.service = service;
    this.localAddress = localAddress;
    this.internalClient = internalClient;
    this.via = via;
  }

  /** The same control point, for mappings that lead to `host`; behind another router all lead to that router. */
  leadingTo(host: string): IgdControl {
    const own = this.internalClient;
    if (sameAddress(host, own) || own !== this.localAddress) return this;
    return new IgdControl(this.#lan, this.service, this.localAddress, host, own);
  }

  /** True when the WAN connection is up; null when the gateway does not say. */
  async connected(signal: AbortSignal): Promise<boolean | null> {
    const answer = await this.#invoke("GetStatusInfo", [], signal);
    if (answer.kind !== "values") return null;
    const status = answer.values["NewConnectionStatus"]?.toLowerCase();
    return status === undefined ? null : status === "connected";
  }

  /** The address towards the internet, `0.0.0.0` while the gateway says that it has none. */
  async externalAddress(
    signal: AbortSignal,
  ): Promise<{ readonly kind: "address"; readonly address: string } | ActionFailure> {
    const answer = await this.#invoke("GetExternalIPAddress", [], signal);
    if (answer.kind !== "values") return answer;
    const address = answer.values["NewExternalIPAddress"];
    if (address === "") return { kind: "address", address: NO_ADDRESS };
    return address !== undefined && ipaddr.IPv4.isValidFourPartDecimal(address)
      ? { kind: "address", address }
      : { kind: "nonsense", status: 200 };
  }

  /** WANIPConnection:2 §2.5.16. */
  async add(wish: PortEntryWish, signal: AbortSignal): Promise<{ kind: "done" } | ActionFailure> {
    const answer = await this.#invoke("AddPortMapping", this.#argumentsOf(wish), signal);
    return answer.kind === "values" ? { kind: "done" } : answer;
  }

  /** WANIPConnection:2 §2.5.18: the gateway picks a port where the wished one is taken. */
  async addAny(
    wish: PortEntryWish,
    signal: AbortSignal,
  ): Promise<{ readonly kind: "reserved"; readonly port: number } | ActionFailure> {
    const answer = await this.#invoke("AddAnyPortMapping", this.#argumentsOf(wish), signal);
    if (answer.kind !== "values") return answer;
    const port = readPort(answer.values["NewReservedPort"]);
    return port === null ? { kind: "nonsense", status: 200 } : { kind: "reserved", port };
  }

  async delete(
    transport: Transport,
    externalPort: number,
    signal: AbortSignal,
  ): Promise<{ kind: "done" } | ActionFailure> {
    const answer = await this.#invoke(
      "DeletePortMapping",
      keyArguments(transport, externalPort),
      signal,
    );
    if (answer.kind === "values") return { kind: "done" };
    return answer.kind === "fault" && absentCodes.has(answer.code) ? { kind: "done" } : answer;
  }

  /** The entry of one external port; by the list, where the gateway cannot tell of a single one. */
  async lookUp(transport: Transport, externalPort: number, signal: AbortSignal): Promise<Lookup> {
    if (this.#keysLie) return this.lookUpInList(transport, externalPort, signal);
    const answer = await this.#invoke(
      "GetSpecificPortMappingEntry",
      keyArguments(transport, externalPort),
      signal,
    );
    if (answer.kind === "unreachable") return answer;
    if (answer.kind === "fault" && absentCodes.has(answer.code)) return { kind: "absent" };
    const entry =
      answer.kind === "values" ? readEntry(answer.values, transport, externalPort) : null;
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
    const there = (entry: PortEntry): boolean =>
      entry.transport === transport && entry.externalPort === externalPort;
    const found = await this.find(there, signal);
    this.#keysLie ||= found.kind === "entry";
    return found;
  }

  /** The first entry of the list that `matches`; `absent` only when the whole list was read. */
  async find(matches: (entry: PortEntry) => boolean, signal: AbortSignal): Promise<Lookup> {
    let found: PortEntry | null = null;
    const end = await this.#readList((entry) => {
      if (matches(entry)) found = entry;
      return found === null;
    }, signal);
    return found === null ? end : { kind: "entry", entry: found };
  }

  /** The whole list, as far as it is read; null where the gateway does not show it. */
  async list(
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "list"; readonly entries: readonly PortEntry[] | null }
    | Extract<ActionFailure, { kind: "unreachable" }>
  > {
    const whole = await this.#listing(signal);
    if (whole.kind !== "untold") return whole;
    const entries: PortEntry[] = [];
    const end = await this.#readList((entry) => entries.push(entry) > 0, signal);
    if (end.kind === "unreachable") return end;
    const shown = end.kind === "absent" || entries.length > 0;
    return { kind: "list", entries: shown ? entries : null };
  }

  /**
   * The list in one answer for each transport, where the gateway knows how and all of it fits (WANIPConnection:2
   * §2.5.21). It may leave out what we are not allowed to see, so that an empty one is worth a second look.
   */
  async #listing(
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "list"; readonly entries: readonly PortEntry[] }
    | Extract<Lookup, { kind: "untold" | "unreachable" }>
  > {
    const entries: PortEntry[] = [];
    for (const protocol of this.service.version >= 2 ? ["TCP", "UDP"] : []) {
      const asked: SoapArguments = [
        ["NewStartPort", 0],
        ["NewEndPort", 65_535],
        ["NewProtocol", protocol],
        ["NewManage", 1],
        // One more than is read, so that a longer list shows.
        ["NewNumberOfPorts", MAX_ENTRIES + 1],
      ];
      const answer = await this.#invoke("GetListOfPortMappings", asked, signal, MAX_LISTING);
      if (answer.kind === "unreachable") return answer;
      if (answer.kind === "fault" && answer.code === NONE_IN_RANGE) continue;
      const told = answer.kind === "values" ? (answer.values["NewPortListing"] ?? "") : "";
      const listed = readPortListing(told);
      if (listed === null) return { kind: "untold" };
      entries.push(...listed.filter(({ internalClient }) => internalClient !== ""));
    }
    const whole = entries.length > 0 && entries.length <= MAX_ENTRIES;
    return whole ? { kind: "list", entries } : { kind: "untold" };
  }

  /** Reads the list until `goOn` says no, or its end: `absent` when that was reached. */
  async #readList(
    goOn: (entry: PortEntry) => boolean,
    signal: AbortSignal,
  ): Promise<Exclude<Lookup, { kind: "entry" }>> {
    const seen = new Set<string>();
    for (let index = 0; index < MAX_ENTRIES; index += 1) {
      const answer = await this.#invoke(
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
      // Some begin anew at the end, or say the same at every place.
      const words = JSON.stringify(answer.values);
      if (seen.has(words)) break;
      seen.add(words);
      const entry = readEntry(answer.values);
      if (entry !== null && entry.internalClient !== "" && !goOn(entry)) break;
    }
    return { kind: "untold" };
  }

  #argumentsOf(wish: PortEntryWish): SoapArguments {
    return [
      ...keyArguments(wish.transport, wish.externalPort),
      ["NewInternalPort", wish.internalPort],
      ["NewInternalClient", this.internalClient],
      ["NewEnabled", 1],
      ["NewPortMappingDescription", wish.description],
      ["NewLeaseDuration", wish.lease],
    ];
  }

  #invoke(
    action: string,
    values: SoapArguments,
    signal: AbortSignal,
    maxBytes?: number,
  ): Promise<ActionValues | ActionFailure> {
    const { type, controlUrl } = this.service;
    const to = { type, controlUrl, localAddress: this.localAddress };
    return invokeAction(this.#lan, to, { action, values, maxBytes }, signal);
  }
}
