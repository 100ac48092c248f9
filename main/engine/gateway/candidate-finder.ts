/** Finds whom to ask on each way in of this PC: by the routes as they are now, or by the user's word. */
import type { NetworkInterface } from "../../../shared/network-interface.ts";
import type { Lan, Network } from "../environment.ts";
import {
  type Candidates,
  candidates4,
  candidates6,
  interface6,
  isOnSystemsWay,
  serversAt,
  type WaysOut,
} from "./candidates.ts";
import { interfacesOf, readWaysOut } from "./ways-out.ts";

export interface CandidateFinderOptions {
  readonly network: Pick<Network, "defaultRoutes" | "pcpServers" | "stableAddress6">;
  readonly lan: Pick<Lan, "localAddresses">;
  /** The interface that the user chose; null leaves it to us. */
  readonly chosen: () => string | null;
  /** The gateways named by hand; none: they are found. */
  readonly byHand: () => readonly string[];
  /** The routes were read. */
  readonly onChange: () => void;
}

export class CandidateFinder {
  readonly #options: CandidateFinderOptions;
  /** As they were read last. */
  #ways: WaysOut | null = null;

  constructor(options: CandidateFinderOptions) {
    this.#options = options;
  }

  /** This PC's connections to the internet, the system's preferred one first; null before the first look. */
  get interfaces(): readonly NetworkInterface[] | null {
    return this.#ways === null ? null : interfacesOf(this.#ways);
  }

  /** True where the system itself sends to the internet through the router at `address`; false before the first look. */
  isOnSystemsWay(address: string): boolean {
    return this.#ways !== null && isOnSystemsWay(this.#ways, address);
  }

  /** Rejects when the routes cannot be read. */
  async ipv4(): Promise<Candidates> {
    const byHand = this.#options.byHand();
    if (isIpv6Alone(byHand)) return serversAt(byHand);
    return candidates4(byHand, await this.#look());
  }

  /** Rejects when the routes cannot be read. */
  async ipv6(): Promise<Candidates> {
    const byHand = this.#options.byHand();
    // What is named by hand is asked as it is, whatever its family; see above.
    if (isIpv6Alone(byHand)) return serversAt([]);
    const ways = await this.#look();
    const name = interface6(byHand, ways);
    if (name === null) return serversAt([]);
    return candidates6(byHand, ways, await this.#options.network.stableAddress6(name));
  }

  async #look(): Promise<WaysOut> {
    const { network, lan, chosen, onChange } = this.#options;
    const ways = await readWaysOut(network, lan, chosen());
    this.#ways = ways;
    onChange();
    return ways;
  }
}

function isIpv6Alone(byHand: readonly string[]): boolean {
  return byHand.length > 0 && byHand.every((address) => address.includes(":"));
}
