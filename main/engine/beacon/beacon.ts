/** Announces by mDNS that Homeport runs here, only while the user wants that. */
import type { Logger } from "../environment.ts";
import type { StatusServer } from "./status-server.ts";

/** What is needed of bonjour-service. */
export interface Publishing {
  publish(service: PublishedService): void;
  /** Says goodbye first. */
  close(): Promise<void>;
}

export interface PublishedService {
  /** Of the instance; unique in the network. */
  readonly name: string;
  /** E.g. `homeport` for `_homeport._tcp`. */
  readonly type: string;
  /** E.g. `box.local`. */
  readonly host: string;
  readonly port: number;
  readonly txt: Readonly<Record<string, string>>;
}

export interface BeaconOptions {
  readonly log: Logger;
  readonly version: string;
  /** Without a domain. */
  readonly hostName: string;
  readonly serve: (address: string) => Promise<StatusServer>;
  /** On the network of `address`. */
  readonly open: (address: string) => Promise<Publishing>;
}

export class Beacon {
  readonly #options: BeaconOptions;
  #address: string | null = null;
  #end: () => Promise<void> = async () => undefined;
  /** One change after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: BeaconOptions) {
    this.#options = options;
  }

  /** `address`: ours on the network to announce in; null for none. Resolves when that is so. */
  set(address: string | null): Promise<void> {
    if (address !== this.#address) {
      this.#address = address;
      this.#last = this.#last.then(() => this.#change(address));
    }
    return this.#last;
  }

  /** Never rejects: where it cannot be announced, it is not. */
  async #change(address: string | null): Promise<void> {
    await this.#end();
    this.#end = async () => undefined;
    // Changed again meanwhile.
    if (address === null || address !== this.#address) return;
    const { log, version, hostName, serve, open } = this.#options;
    try {
      const server = await serve(address);
      this.#end = async () => server.close();
      const publishing = await open(address);
      this.#end = async () => {
        await publishing.close();
        server.close();
      };
      publishing.publish({
        name: `Homeport on ${hostName}`,
        type: "homeport",
        host: `${hostName}.local`,
        port: server.port,
        txt: { version },
      });
    } catch (error) {
      const { code = "error" } = error as NodeJS.ErrnoException;
      log.warn("Homeport cannot be announced in the local network", { code });
    }
  }
}
