/** The router before this PC's own one: looked for while ours has an external address that lies behind another NAT. */
import { addressScope, isBehindNat } from "../../../shared/address-scope.ts";
import type { Network } from "../environment.ts";
import type { GatewayRef } from "./port-mapper.ts";
import { upperCandidates } from "./upper-candidates.ts";

export class UpperRouter {
  readonly #network: Pick<Network, "secondHop">;
  readonly #onChange: () => void;
  #behind: string | null = null;
  /** The router that the way shows after ours, where it did so once. */
  #hop: { readonly gateway: string; readonly behind: string; readonly address: string } | null =
    null;

  constructor(network: Pick<Network, "secondHop">, onChange: () => void) {
    this.#network = network;
    this.#onChange = onChange;
  }

  /** False where our router stands at the internet itself, as far as is known. */
  get isNeeded(): boolean {
    return this.#behind !== null;
  }

  /** What our router calls its external address. */
  learn(externalAddress: string): void {
    const behind = isBehindNat(externalAddress) ? externalAddress : null;
    if (behind === this.#behind) return;
    this.#behind = behind;
    this.#onChange();
  }

  /** Whom to ask, best first; `own` is our router. */
  async candidates(own: GatewayRef | null): Promise<readonly GatewayRef[]> {
    const behind = this.#behind;
    if (behind === null || own === null) return [];
    return upperCandidates(behind, await this.#hopAfter(own, behind));
  }

  async #hopAfter({ address, localAddress }: GatewayRef, behind: string): Promise<string | null> {
    const known = this.#hop;
    if (known?.gateway === address && known.behind === behind) return known.address;
    // The demo network, or a daemon on this PC: the way to the internet is another.
    if (addressScope(address) === "loopback") return null;
    const hop = await this.#network.secondHop(address, localAddress ?? null);
    if (hop !== null) this.#hop = { gateway: address, behind, address: hop };
    return hop;
  }
}
