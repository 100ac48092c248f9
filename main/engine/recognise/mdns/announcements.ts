/** Listens to what programs announce by mDNS. Asks for well-known kinds only, so that what is kept and sent has bounds. */
import type { Cancel, Clock, Logger } from "../../environment.ts";
import { type Announcement, type Found, readAnnouncement } from "./announcement.ts";

/** What is needed of bonjour-service. */
export interface Browsing {
  /** Asks for one kind, e.g. `http`; `onFound` is called for each service and each change of one. */
  browse(
    type: string,
    protocol: "tcp" | "udp",
    onChange: () => void,
  ): { readonly services: readonly Found[]; stop(): void };
  close(): Promise<void>;
}

export interface AnnouncementsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Rejects where nothing can be heard, e.g. because the port is taken. */
  readonly open: () => Promise<Browsing>;
  /** Called with the whole new list, sorted. */
  readonly onChange: (announcements: readonly Announcement[]) => void;
}

/** Kinds of service (RFC 6763 §7) that home servers and devices announce. */
const types = [
  ..."http https ssh sftp-ssh ftp smb afpovertcp nfs webdav rfb rdp telnet".split(" "),
  ..."ipp ipps printer pdl-datastream scanner uscan".split(" "),
  ..."airplay raop googlecast spotify-connect dacp daap rtsp sonos".split(" "),
  ..."home-assistant hap mqtt esphomelib matter octoprint".split(" "),
  ..."plexmediasvr jellyfin nvstream mumble murmur minecraft syncthing workstation".split(" "),
].map((type) => [type, "tcp"] as const);

/** Milliseconds between two rounds of questions; what is not heard in one is gone. */
const roundEvery = 300_000;
/** Milliseconds for answers to a round before what only the last one knew is dropped. */
const overlap = 10_000;
/** Milliseconds in which changes are gathered. */
const gather = 500;
/** More services than a home has: listening stops until the next round. */
const most = 500;

type Browser = ReturnType<Browsing["browse"]>;

export class Announcements {
  readonly #options: AnnouncementsOptions;
  #browsing: Browsing | null = null;
  #browsers: readonly Browser[] = [];
  #former: readonly Browser[] = [];
  #list: readonly Announcement[] = [];
  readonly #timers = new Set<Cancel>();
  #gathering = false;
  #stopped = false;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  /** Never rejects: where nothing can be heard, the list stays empty. */
  async start(): Promise<void> {
    const { open, log } = this.#options;
    try {
      const browsing = await open();
      if (this.#stopped) return await browsing.close();
      this.#browsing = browsing;
      this.#round(browsing);
    } catch (error) {
      const { code = "error" } = error as NodeJS.ErrnoException;
      log.info("announcements of the local network cannot be heard", { code });
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    for (const browser of [...this.#browsers, ...this.#former]) browser.stop();
    void this.#browsing?.close();
  }

  /** A round forgets what the one before heard: the library itself never does. */
  #round(browsing: Browsing): void {
    this.#former = this.#browsers;
    this.#browsers = types.map(([type, protocol]) =>
      browsing.browse(type, protocol, () => this.#heard()),
    );
    this.#after(overlap, () => {
      for (const browser of this.#former) browser.stop();
      this.#former = [];
      this.#publish();
    });
    this.#after(roundEvery, () => this.#round(browsing));
  }

  #heard(): void {
    if (count(this.#browsers) > most) for (const browser of this.#browsers) browser.stop();
    if (this.#gathering) return;
    this.#gathering = true;
    this.#after(gather, () => {
      this.#gathering = false;
      this.#publish();
    });
  }

  #publish(): void {
    const heard = [...this.#browsers, ...this.#former].flatMap(({ services }) => services);
    const read = heard.slice(0, 2 * most).flatMap((found) => readAnnouncement(found) ?? []);
    const list = [...new Map(read.map((one) => [keyOf(one), one])).values()]
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .slice(0, most);
    if (JSON.stringify(list) === JSON.stringify(this.#list)) return;
    this.#list = list;
    this.#options.onChange(list);
  }

  #after(delay: number, task: () => void): void {
    const cancel = this.#options.clock.after(delay, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}

function count(browsers: readonly Browser[]): number {
  return browsers.reduce((sum, { services }) => sum + services.length, 0);
}

function keyOf({ type, name, from, port }: Announcement): string {
  return `${type} ${name} ${from} ${port}`;
}
