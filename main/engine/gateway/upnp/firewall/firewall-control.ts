/** The actions of a router's IPv6 firewall (WANIPv6FirewallControl:1 §2.5): pinholes for one address and port. */
import type { Transport } from "../../../../../shared/snapshot.ts";
import type { Lan } from "../../../environment.ts";
import { type ActionFailure, type ActionValues, invokeAction } from "../device/action.ts";
import type { IgdService } from "../device/description.ts";
import type { SoapArguments } from "../device/soap.ts";

/** IANA protocol numbers. */
const protocols: Readonly<Record<Transport, number>> = { tcp: 6, udp: 17 };

/** WANIPv6FirewallControl:1 table 2-7. */
export const firewallErrors = {
  PINHOLE_SPACE_EXHAUSTED: 701,
  FIREWALL_DISABLED: 702,
  INBOUND_PINHOLE_NOT_ALLOWED: 703,
  NO_SUCH_ENTRY: 704,
} as const;

export class FirewallControl {
  readonly service: IgdService;
  /** The address of ours that pinholes are for, and that they are asked for from: routers take no others. */
  readonly localAddress: string;
  readonly #lan: Lan;

  constructor(lan: Lan, service: IgdService, localAddress: string) {
    this.#lan = lan;
    this.service = service;
    this.localAddress = localAddress;
  }

  /** `lease` in seconds, 1 to 86400. The id names the pinhole as long as it stands. */
  async add(
    wish: {
      readonly transport: Transport;
      readonly port: number;
      /** The only visitor to let in; empty for everybody. */
      readonly remoteHost: string;
      readonly lease: number;
    },
    signal: AbortSignal,
  ): Promise<{ readonly kind: "added"; readonly id: number } | ActionFailure> {
    const answer = await this.#invoke(
      "AddPinhole",
      [
        ["RemoteHost", wish.remoteHost],
        ["RemotePort", 0],
        ["InternalClient", this.localAddress],
        ["InternalPort", wish.port],
        ["Protocol", protocols[wish.transport]],
        ["LeaseTime", wish.lease],
      ],
      signal,
    );
    if (answer.kind !== "values") return answer;
    const told = answer.values["UniqueID"] ?? "";
    const id = /^\d{1,5}$/.test(told) ? Number(told) : Number.NaN;
    // A ui2 (§2.3.4).
    return id <= 65_535 ? { kind: "added", id } : { kind: "nonsense", status: 200 };
  }

  async update(
    id: number,
    lease: number,
    signal: AbortSignal,
  ): Promise<{ readonly kind: "done" } | ActionFailure> {
    return done(
      await this.#invoke(
        "UpdatePinhole",
        [
          ["UniqueID", id],
          ["NewLeaseTime", lease],
        ],
        signal,
      ),
    );
  }

  /** Deleting what is absent is done. */
  async delete(
    id: number,
    signal: AbortSignal,
  ): Promise<{ readonly kind: "done" } | ActionFailure> {
    const answer = await this.#invoke("DeletePinhole", [["UniqueID", id]], signal);
    const absent = answer.kind === "fault" && answer.code === firewallErrors.NO_SUCH_ENTRY;
    return absent ? { kind: "done" } : done(answer);
  }

  /** Whether the pinhole stands; null where the router does not say. */
  async stands(
    id: number,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: "told"; readonly stands: boolean | null }
    | Extract<ActionFailure, { kind: "unreachable" }>
  > {
    const answer = await this.#invoke("GetPinholePackets", [["UniqueID", id]], signal);
    if (answer.kind === "unreachable") return answer;
    const absent = answer.kind === "fault" && answer.code === firewallErrors.NO_SUCH_ENTRY;
    return { kind: "told", stands: absent ? false : answer.kind === "values" ? true : null };
  }

  #invoke(
    action: string,
    values: SoapArguments,
    signal: AbortSignal,
  ): Promise<ActionValues | ActionFailure> {
    const { type, controlUrl } = this.service;
    const to = { type, controlUrl, localAddress: this.localAddress };
    return invokeAction(this.#lan, to, { action, values }, signal);
  }
}

function done(answer: ActionValues | ActionFailure): { readonly kind: "done" } | ActionFailure {
  return answer.kind === "values" ? { kind: "done" } : answer;
}
