/** From what each scan saw to what is shown: nothing that lives for a moment, nothing that comes and goes. */
import type { Server } from "../../../shared/snapshot.ts";

interface Entry {
  /** What the snapshot shows; null before it is confirmed. */
  shown: Server | null;
  /** What the scans see now, since when; null while they see nothing. */
  seen: Server | null;
  since: number;
}

/** Milliseconds the same sight must last before it is shown. */
const confirm = 100;
/** Milliseconds and scans a shown server must be missed: a restart within that time goes unnoticed. */
const absence = 400;
/** A port that came and went more than once within this time must stay longer before it is shown again. */
const flapMemory = 60_000;
const longestConfirm = 32_000;
const mostFlapping = 4096;

type Keyed = readonly [key: string, entry: Entry];

interface Flaps {
  count: number;
  last: number;
}

export class SettledServers {
  readonly #entries = new Map<string, Entry>();
  /** How often a transport and port came and went lately. */
  readonly #flaps = new Map<string, Flaps>();
  #servers: readonly Server[];
  #first = true;
  #last: readonly Server[] | null = null;
  #unsettled = true;

  /** `before` is what an earlier run showed. */
  constructor(before: readonly Server[] = []) {
    this.#servers = before;
  }

  get servers(): readonly Server[] {
    return this.#servers;
  }

  /**
   * Takes one scan at `now` (monotonic ms). `unsettled` asks for another look soon, which would confirm what this one
   * saw; what is missed, and what came and went before, has to wait longer anyway.
   * All that the first scan sees is shown at once.
   */
  update(scan: readonly Server[], now: number): { changed: boolean; unsettled: boolean } {
    // A source gives the same list again while nothing moves.
    if (scan === this.#last && !this.#unsettled) return { changed: false, unsettled: false };
    this.#last = scan;
    const sights = new Map(scan.map((server) => [entryKey(server), server]));
    const missed = [...this.#entries].filter(([, { seen }]) => seen === null);
    for (const [key, server] of sights) this.#see(key, server, now, missed);
    for (const [key, entry] of this.#entries) if (!sights.has(key)) this.#miss(key, entry, now);
    this.#forgetFlaps(now);
    this.#first = false;
    const shown = [...this.#entries.values()].flatMap(({ shown }) => shown ?? []);
    const servers = shown.toSorted(order);
    const changed = !isSameList(servers, this.#servers);
    if (changed) this.#servers = servers;
    const open = [...this.#entries.values()].filter(isUnsettled);
    this.#unsettled = open.length > 0;
    const unsettled = open.some(({ seen }) => seen && this.#patience(seen, now) <= confirm);
    return { changed, unsettled };
  }

  #see(key: string, server: Server, now: number, missed: readonly Keyed[]): void {
    const entry = this.#entries.get(key) ?? { shown: null, seen: null, since: now };
    this.#entries.set(key, entry);
    if (entry.seen === null || !isSame(entry.seen, server)) {
      entry.seen = server;
      entry.since = now;
    }
    if (entry.shown && isSame(entry.shown, server)) return;
    if (!this.#first && now - entry.since < this.#patience(server, now)) return;
    entry.shown = server;
    this.#replace(key, server, missed);
  }

  #miss(key: string, entry: Entry, now: number): void {
    if (entry.seen !== null) {
      if (entry.shown === null) {
        this.#entries.delete(key);
        this.#flapped(entry.seen, now);
        return;
      }
      entry.seen = null;
      entry.since = now;
      return;
    }
    if (now - entry.since < absence) return;
    this.#entries.delete(key);
    if (entry.shown) this.#flapped(entry.shown, now);
  }

  /** The next process on a port takes the place of one that is just gone. */
  #replace(key: string, server: Server, missed: readonly Keyed[]): void {
    for (const [other, entry] of missed) {
      if (
        other !== key &&
        entry.seen === null &&
        entry.shown &&
        portKey(entry.shown) === portKey(server)
      ) {
        this.#entries.delete(other);
      }
    }
  }

  #patience(server: Server, now: number): number {
    const flaps = this.#flaps.get(portKey(server));
    if (!flaps || flaps.count < 2 || now - flaps.last > flapMemory) return confirm;
    return Math.min(1000 * 2 ** (flaps.count - 2), longestConfirm);
  }

  #flapped(server: Server, now: number): void {
    const key = portKey(server);
    const count = (this.#flaps.get(key)?.count ?? 0) + 1;
    // Re-inserted, so that the map stays in the order of `last`.
    this.#flaps.delete(key);
    this.#flaps.set(key, { count, last: now });
  }

  #forgetFlaps(now: number): void {
    for (const [key, { last }] of this.#flaps) {
      if (now - last <= flapMemory && this.#flaps.size <= mostFlapping) break;
      this.#flaps.delete(key);
    }
  }
}

function portKey({ transport, port }: Server): string {
  return `${transport}/${port}`;
}

function entryKey(server: Server): string {
  return `${portKey(server)}/${server.process?.pid ?? ""}`;
}

function order(a: Server, b: Server): number {
  if (a.transport !== b.transport) return a.transport < b.transport ? -1 : 1;
  return a.port - b.port || (a.process?.pid ?? 0) - (b.process?.pid ?? 0);
}

function isUnsettled({ shown, seen }: Entry): boolean {
  return shown === null || seen === null || !isSame(shown, seen);
}

function isSameList(a: readonly Server[], b: readonly Server[]): boolean {
  return a.length === b.length && a.every((server, at) => isSame(server, b[at]));
}

/** By structure: a Server is plain data. */
function isSame(a: Server, b: Server | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
