/**
 * Notices that routes or addresses of this PC changed: another Wi-Fi, a cable, a VPN, a new DHCP lease. Looks at
 * what the system shows, because it tells such changes to no program of ours.
 */
import type { Cancel, DefaultRoute, Environment, Lan, LocalAddress } from "../environment.ts";

export interface NetworkWatchOptions {
  readonly environment: Environment;
  readonly lan: Pick<Lan, "localAddresses">;
  /** Milliseconds between looks at the routes; what costs a process on some systems is done less often there. */
  readonly routePoll: number;
  readonly onChange: () => void;
}

/** Milliseconds between looks at the addresses; after a change of them the routes are looked at too. */
const ADDRESS_POLL = 2000;

export class NetworkWatch {
  readonly #options: NetworkWatchOptions;
  #timer: Cancel | null = null;
  #routesDue = 0;
  #routes: readonly DefaultRoute[] | null = null;
  #addresses = "";
  /** What was told last, or stood at the start. */
  #known: string | null = null;
  #running = false;

  constructor(options: NetworkWatchOptions) {
    this.#options = options;
  }

  /** Looks at once; what is there then is no change. */
  start(): void {
    this.#running = true;
    void this.#look();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.();
  }

  async #look(): Promise<void> {
    const { environment, lan } = this.#options;
    // Once a look: it asks the kernel for all interfaces.
    const addresses = lan.localAddresses();
    await this.#readRoutes(addresses);
    if (!this.#running) return;
    const seen = this.#fingerprint(addresses);
    const changed = this.#known !== null && seen !== this.#known;
    this.#known = seen;
    this.#timer = environment.clock.after(ADDRESS_POLL, () => void this.#look());
    if (changed) this.#options.onChange();
  }

  async #readRoutes(locals: readonly LocalAddress[]): Promise<void> {
    const { environment, routePoll } = this.#options;
    const addresses = JSON.stringify(locals);
    const now = environment.clock.monotonic();
    if (addresses === this.#addresses && now < this.#routesDue) return;
    this.#addresses = addresses;
    this.#routesDue = now + routePoll;
    try {
      this.#routes = await environment.network.defaultRoutes();
    } catch (error) {
      // "Could not tell" is no news.
      environment.log.warn("cannot read the routes", { error: String(error) });
    }
  }

  /**
   * The default routes, and our addresses on their interfaces: containers and virtual machines that come and go
   * beside them are no change. Without a route, all addresses.
   */
  #fingerprint(locals: readonly LocalAddress[]): string {
    const routes = this.#routes ?? [];
    const interfaces = new Set(routes.map((route) => route.interface));
    const addresses = locals
      .filter((local) => interfaces.size === 0 || interfaces.has(local.interface))
      .map((local) => `${local.interface} ${local.address}/${local.prefixLength}`);
    return JSON.stringify([
      routes.map((route) => `${route.interface} ${route.gateway}`),
      addresses.toSorted(),
    ]);
  }
}
