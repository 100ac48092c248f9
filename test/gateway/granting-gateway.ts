/** A gateway that grants what is free, as a mapper of its own: for what is made of its answers. */
import { problem } from "../../shared/problems.ts";
import type {
  LeaseKey,
  LeaseRequest,
  MapOutcome,
  PortMapper,
  UnmapOutcome,
} from "../../main/engine/gateway/port-mapper.ts";

export interface GrantingGatewayOptions {
  readonly address?: string;
  readonly protocol?: PortMapper["protocol"];
  readonly externalAddress?: string;
}

export class GrantingGateway implements PortMapper {
  readonly address: string;
  readonly protocol: PortMapper["protocol"];
  readonly externalAddress: string;
  /** External ports of others, e.g. `udp/2457`. */
  readonly taken = new Set<string>();
  /** External ports that it refuses to everybody. */
  readonly forbidden = new Set<string>();
  /** Grants sets of ports (RFC 7753), of at most this many. */
  largestSet = 1;
  /** What stands, `udp/2456 -> 2456`, in the order of the grants. */
  readonly #stands = new Map<string, string>();
  readonly asked: LeaseRequest[] = [];

  constructor({
    address = "192.168.1.1",
    protocol = "pcp",
    externalAddress = "52.3.4.5",
  }: GrantingGatewayOptions = {}) {
    this.address = address;
    this.protocol = protocol;
    this.externalAddress = externalAddress;
  }

  get mappings(): readonly string[] {
    return [...this.#stands].map(([inside, outside]) => `${outside} -> ${inside}`).toSorted();
  }

  get link() {
    return { address: this.address, mapper: this };
  }

  map(request: LeaseRequest): Promise<MapOutcome> {
    this.asked.push(request);
    const { transport, internalPort, suggestedPort, exactPort, count = 1 } = request;
    let externalPort = suggestedPort;
    if (this.forbidden.has(`${transport}/${externalPort}`)) return refused("not-authorized");
    while (this.taken.has(`${transport}/${externalPort}`)) {
      if (exactPort === true) return refused("cannot-provide-external");
      externalPort += 1;
    }
    const granted = Math.min(count, this.largestSet);
    for (let at = 0; at < granted; at += 1) {
      this.#stands.set(`${transport}/${internalPort + at}`, `${transport}/${externalPort + at}`);
    }
    return Promise.resolve({
      kind: "granted",
      externalAddress: this.externalAddress,
      externalPort,
      lifetime: 7200,
      ...(granted > 1 && { count: granted }),
    });
  }

  unmap({ transport, internalPort, count = 1 }: LeaseKey): Promise<UnmapOutcome> {
    for (let at = 0; at < count; at += 1) this.#stands.delete(`${transport}/${internalPort + at}`);
    return Promise.resolve({ kind: "gone" });
  }

  probe = () => Promise.resolve(true);
  onStateLost = () => undefined;
  close = () => undefined;
}

function refused(code: "not-authorized" | "cannot-provide-external"): Promise<MapOutcome> {
  return Promise.resolve({ kind: "refused", problem: problem(code), retryAfter: 1800 });
}
