/** Minecraft worlds that this PC itself has open to its network now. */
import type { Cancel, Clock, Lan, Logger, MulticastListener } from "../../environment.ts";
import { type LanWorld, lanWorldGroup, readLanWorld } from "./lan-world.ts";

export interface LanWorldsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly lan: Pick<Lan, "listenMulticast" | "localAddresses">;
  /** Called with the whole new list, sorted by port. */
  readonly onChange: (worlds: readonly LanWorld[]) => void;
}

/** Milliseconds without an announcement after which a world is closed: four of them were missed. */
const patience = 6000;
/** Milliseconds between two looks at this PC's addresses. */
const lookEvery = 30_000;
/** A PC has one or two clients. */
const mostWorlds = 8;

interface Heard {
  readonly world: LanWorld;
  at: number;
}

export class LanWorlds {
  readonly #options: LanWorldsOptions;
  readonly #heard = new Map<number, Heard>();
  #own: ReadonlySet<string> = new Set();
  #listener: MulticastListener | null = null;
  #look: Cancel | null = null;
  #sweep: Cancel | null = null;
  #stopped = false;

  constructor(options: LanWorldsOptions) {
    this.#options = options;
  }

  /** Listens, now or as soon as it can. Never rejects. */
  async start(): Promise<void> {
    if (this.#stopped) return;
    const { clock, lan } = this.#options;
    const own = new Set(lan.localAddresses().map(({ address }) => address));
    // A group is joined on the interfaces of that moment.
    const isSame = own.size === this.#own.size && [...own].every((one) => this.#own.has(one));
    this.#own = own;
    if (!isSame || this.#listener === null) await this.#listen();
    if (!this.#stopped) this.#look = clock.after(lookEvery, () => void this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#look?.();
    this.#sweep?.();
    this.#close();
  }

  #close(): void {
    this.#listener?.close();
    this.#listener = null;
  }

  async #listen(): Promise<void> {
    const { lan, log } = this.#options;
    this.#close();
    try {
      const listener = await lan.listenMulticast(lanWorldGroup);
      if (this.#stopped) return listener.close();
      this.#listener = listener;
      listener.onMessage((datagram, { address }) => {
        // What other PCs have open is for them to share.
        if (listener === this.#listener && this.#own.has(address)) this.#hear(datagram);
      });
      listener.onError(() => {
        if (listener === this.#listener) this.#close();
      });
    } catch (error) {
      const { code = "error" } = error as NodeJS.ErrnoException;
      log.debug("worlds open to the local network cannot be heard", { code });
    }
  }

  #hear(datagram: Uint8Array): void {
    const world = readLanWorld(datagram);
    if (world === null) return;
    const at = this.#options.clock.monotonic();
    const before = this.#heard.get(world.port);
    if (before?.world.motd === world.motd) {
      before.at = at;
      return;
    }
    if (before === undefined && this.#heard.size >= mostWorlds) return;
    this.#heard.set(world.port, { world, at });
    this.#sweep ??= this.#sweepAfter(patience);
    this.#publish();
  }

  #sweepAfter(delay: number): Cancel {
    return this.#options.clock.after(delay, () => {
      const now = this.#options.clock.monotonic();
      const silent = [...this.#heard].filter(([, { at }]) => now - at >= patience);
      for (const [port] of silent) this.#heard.delete(port);
      const oldest = Math.min(...[...this.#heard.values()].map(({ at }) => at));
      this.#sweep = this.#heard.size > 0 ? this.#sweepAfter(oldest + patience - now) : null;
      if (silent.length > 0) this.#publish();
    });
  }

  #publish(): void {
    const worlds = [...this.#heard.values()].map(({ world }) => world);
    this.#options.onChange(worlds.toSorted((a, b) => a.port - b.port));
  }
}
