/** The actions of a gateway's WANIPConnection or WANPPPConnection that Homeport uses (WANIPConnection:2 §2.5). */
import ipaddr from "ipaddr.js";
import type { Transport } from "../../../../../shared/snapshot.ts";
import type { Lan } from "../../../environment.ts";
import { sameAddress } from "../../../addresses.ts";
import { type ActionFailure, type ActionValues, invokeAction } from "../device/action.ts";
import type { IgdService } from "../device/description.ts";
import { absentCodes, keyArguments, readPort } from "./port-entry.ts";
import { PortTable } from "./port-table.ts";
import { Quirks } from "./quirks.ts";
import { ServiceDeclaration } from "../device/service-declaration.ts";
import type { SoapArguments } from "../device/soap.ts";

export interface PortEntryWish {
  readonly transport: Transport;
  readonly externalPort: number;
  readonly internalPort: number;
  readonly description: string;
  /** Seconds; 0 lasts until it is deleted. */
  readonly lease: number;
}

/** In the place of an address that the gateway does not have. */
export const NO_ADDRESS = "0.0.0.0";

/** What all control points of one service have in common. */
interface SharedState {
  readonly quirks: Quirks;
  readonly declaration: ServiceDeclaration;
  /** Changes of the table that we asked for. */
  changes: number;
  /** It took a mapping of ours. */
  hasTaken: boolean;
}

export interface IgdControlOptions {
  readonly lan: Lan;
  readonly service: IgdService;
  /** Our address that the requests are sent from. */
  readonly localAddress: string;
  /** `localAddress` unless told: another where a router translates between. */
  readonly internalClient?: string;
  readonly quirks?: Quirks;
}

export class IgdControl {
  readonly service: IgdService;
  /** Our address that the requests are sent from. */
  readonly localAddress: string;
  /** Where our mappings lead to: this PC as the gateway sees it, or another host. */
  readonly internalClient: string;
  /** This PC as the gateway sees it, where our mappings lead to another host; null where they lead here. */
  readonly via: string | null;
  /** The only visitor of our mappings, which is a part of their key (WANIPConnection:2 §2.3.16); empty for everybody. */
  readonly remoteHost: string;
  readonly table: PortTable;
  readonly #options: IgdControlOptions;
  readonly #shared: SharedState;

  constructor(
    options: IgdControlOptions,
    {
      via = null,
      remoteHost = "",
      shared,
    }: {
      readonly via?: string | null;
      readonly remoteHost?: string;
      readonly shared?: SharedState;
    } = {},
  ) {
    const { lan, service, localAddress, internalClient = localAddress } = options;
    this.#options = options;
    this.service = service;
    this.localAddress = localAddress;
    this.internalClient = internalClient;
    this.via = via;
    this.remoteHost = remoteHost;
    this.#shared = shared ?? {
      quirks: options.quirks ?? new Quirks(),
      declaration: new ServiceDeclaration(lan, service, localAddress),
      changes: 0,
      hasTaken: false,
    };
    const { quirks, declaration } = this.#shared;
    const { version } = service;
    this.table = new PortTable({
      version,
      remoteHost,
      declaration,
      quirks,
      invoke: (...asked) => this.#invoke(...asked),
    });
  }

  get quirks(): Quirks {
    return this.#shared.quirks;
  }

  /** What the service says of itself. */
  get declaration(): ServiceDeclaration {
    return this.#shared.declaration;
  }

  /** Whether it took a mapping of ours, so that what we ask for cannot be wrong in itself. */
  get hasTaken(): boolean {
    return this.#shared.hasTaken;
  }

  /** Grows with every change of the table that was asked for here. */
  get changes(): number {
    return this.#shared.changes;
  }

  /** The same control point, for mappings that lead to `host`; behind another router all lead to that router. */
  leadingTo(host: string): IgdControl {
    const own = this.internalClient;
    if (sameAddress(host, own) || own !== this.localAddress) return this;
    const options = { ...this.#options, internalClient: host };
    return new IgdControl(options, { via: own, shared: this.#shared });
  }

  /** The same control point, for mappings that let in one visitor alone; empty: everybody. */
  lettingIn(remoteHost: string): IgdControl {
    if (remoteHost === this.remoteHost) return this;
    return new IgdControl(this.#options, { via: this.via, remoteHost, shared: this.#shared });
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
    this.#shared.changes += 1;
    const answer = await this.#invoke("AddPortMapping", this.#argumentsOf(wish), signal);
    if (answer.kind !== "values") return answer;
    this.#shared.hasTaken = true;
    return { kind: "done" };
  }

  /** WANIPConnection:2 §2.5.18: the gateway picks a port where the wished one is taken. */
  async addAny(
    wish: PortEntryWish,
    signal: AbortSignal,
  ): Promise<{ readonly kind: "reserved"; readonly port: number } | ActionFailure> {
    this.#shared.changes += 1;
    const answer = await this.#invoke("AddAnyPortMapping", this.#argumentsOf(wish), signal);
    if (answer.kind !== "values") return answer;
    const port = readPort(answer.values["NewReservedPort"]);
    if (port === null) return { kind: "nonsense", status: 200 };
    this.#shared.hasTaken = true;
    return { kind: "reserved", port };
  }

  async delete(
    transport: Transport,
    externalPort: number,
    signal: AbortSignal,
  ): Promise<{ kind: "done" } | ActionFailure> {
    this.#shared.changes += 1;
    const answer = await this.#invoke(
      "DeletePortMapping",
      keyArguments(transport, externalPort, this.remoteHost),
      signal,
    );
    if (answer.kind === "values") return { kind: "done" };
    return answer.kind === "fault" && absentCodes.has(answer.code) ? { kind: "done" } : answer;
  }

  #argumentsOf(wish: PortEntryWish): SoapArguments {
    return [
      ...keyArguments(wish.transport, wish.externalPort, this.remoteHost),
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
    return invokeAction(this.#options.lan, to, { action, values, maxBytes }, signal);
  }
}
