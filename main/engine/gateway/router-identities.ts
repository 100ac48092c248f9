/**
 * Who the gateways are: the link-layer address of each, since routers of many networks have the same IP address. On a
 * network just joined the system knows it only once the gateway has answered, and may then need a moment.
 */
import type { Cancel, Environment } from "../environment.ts";
import type { GatewayIdentity } from "./gateway-memory.ts";
import type { GatewayRef } from "./port-mapper.ts";

export interface RouterIdentitiesOptions {
  readonly environment: Pick<Environment, "network" | "clock" | "log">;
  /** Another router may stand at an address than before: the candidates are looked at anew. */
  readonly look: () => Promise<void>;
  /** It is known now who one is. */
  readonly onIdentified: () => void;
  /** It is time to ask again who one is, if that is still of interest. */
  readonly onUnknown: () => void;
}

/** Times that the link-layer address is looked up again, until the next look at the routes. */
const MOST_LOOK_UPS = 5;
/** Milliseconds between these, where the system does not tell. */
const LOOK_UP_AGAIN = 100;

export class RouterIdentities {
  readonly #options: RouterIdentitiesOptions;
  /** The link-layer addresses of gateways, by their address. */
  readonly #links = new Map<string, string>();
  /** Those of which the last look could not tell it. */
  readonly #unidentified = new Set<string>();
  /** How often these were looked up again after they answered. */
  readonly #lookedUp = new Map<string, number>();
  readonly #identifying = new Map<string, Promise<void>>();
  #lookAgain: Cancel | null = null;
  #ended = false;

  constructor(options: RouterIdentitiesOptions) {
    this.#options = options;
  }

  /** Null while it is not known: what it was before is no answer then. */
  linkOf(address: string): string | null {
    return this.#unidentified.has(address) ? null : (this.#links.get(address) ?? null);
  }

  of({ address }: GatewayRef): GatewayIdentity {
    return { address, link: this.linkOf(address) };
  }

  /** True where the last look could not tell, and another one may. */
  isPending(address: string): boolean {
    return this.#unidentified.has(address) && this.#mayBeIdentified(address);
  }

  /** The link-layer addresses of `gateways`, null where they are not known. */
  async read(gateways: readonly GatewayRef[]): Promise<ReadonlyMap<string, string | null>> {
    const addresses = [...new Set(gateways.map(({ address }) => address))];
    return new Map(
      await Promise.all(
        addresses.map(async (address) => [address, await this.#ask(address)] as const),
      ),
    );
  }

  /** Notes what was read; the answer is the addresses behind which another one stands now. */
  note(links: ReadonlyMap<string, string | null>): readonly string[] {
    const replaced: string[] = [];
    this.#unidentified.clear();
    this.#lookedUp.clear();
    for (const [address, link] of links) {
      const before = this.#links.get(address);
      if (link === null) this.#unidentified.add(address);
      else this.#links.set(address, link);
      if (link !== null && before !== undefined && before !== link) replaced.push(address);
    }
    const { log } = this.#options.environment;
    for (const address of replaced) log.info("another gateway of the same address", { address });
    return replaced;
  }

  /** Asks the system once more who is at `address`, which has answered. */
  identify(address: string): Promise<void> {
    const under = this.#identifying.get(address);
    if (under !== undefined) return under;
    const identifying = this.#lookUp(address).finally(() => this.#identifying.delete(address));
    this.#identifying.set(address, identifying);
    return identifying;
  }

  /** What is found out at the first answer comes before the system has told who answered. */
  async whenIdentified(
    gateway: GatewayRef,
    task: (identity: GatewayIdentity) => void,
  ): Promise<void> {
    const { address } = gateway;
    if (this.linkOf(address) === null && this.#mayBeIdentified(address)) {
      await this.identify(address);
    }
    if (!this.#ended) task(this.of(gateway));
  }

  /** True where the system tells another one now than was noted. */
  async isReplaced(address: string): Promise<boolean> {
    const before = this.linkOf(address);
    if (before === null) return false;
    const now = await this.#ask(address);
    return now !== null && now !== before;
  }

  close(): void {
    this.#ended = true;
    this.#lookAgain?.();
  }

  async #lookUp(address: string): Promise<void> {
    const { environment, look, onIdentified, onUnknown } = this.#options;
    this.#lookedUp.set(address, (this.#lookedUp.get(address) ?? 0) + 1);
    const link = await this.#ask(address);
    if (this.#ended) return;
    if (link === null) {
      this.#lookAgain?.();
      this.#lookAgain = environment.clock.after(LOOK_UP_AGAIN, onUnknown);
      return;
    }
    if (this.#links.has(address)) await look();
    else {
      this.#links.set(address, link);
      this.#unidentified.delete(address);
    }
    if (!this.#ended) onIdentified();
  }

  async #ask(address: string): Promise<string | null> {
    return this.#options.environment.network.linkAddress(address).catch(() => null);
  }

  /** The system may need a moment, and may never know. */
  #mayBeIdentified(address: string): boolean {
    return (this.#lookedUp.get(address) ?? 0) < MOST_LOOK_UPS;
  }
}
