/** Which owners of sockets to look at again: a look costs 3 to 20 µs, too much for all at each scan. */
import type { Holder } from "./socket-origins.ts";

/** What the choice is made by. */
interface Owned {
  readonly firstScan: number;
  readonly holder: Holder | null;
}

/** Scans during which a socket is looked at each time. */
const young = 4;
const mostYoung = 256;
const inTurn = 4;
const mostStirred = 256;

export class OwnerChecks<Socket extends Owned> {
  #owned: readonly Socket[] = [];
  #young: readonly Socket[] = [];
  /** One socket of each process. */
  #oneOfEach: readonly Socket[] = [];
  readonly #sockets = new Rotation();
  readonly #processes = new Rotation();

  /** All sockets with an owner, as they are at the scan with that number. */
  take(owned: readonly Socket[], scan: number): void {
    this.#owned = owned;
    this.#young = owned.filter(({ firstScan }) => scan - firstScan < young).slice(0, mostYoung);
    this.#oneOfEach = [
      ...new Map(owned.map((socket) => [socket.holder?.pid, socket] as const)).values(),
    ];
  }

  /**
   * The young ones, and the others in turn. When processes were started (`stirred`) also one of each owner: a server
   * may have ended and another be in its place, with as many sockets as before.
   */
  choose(stirred: boolean): ReadonlySet<Socket> {
    return new Set([
      ...this.#young,
      ...this.#sockets.next(this.#owned, inTurn),
      ...(stirred ? this.#processes.next(this.#oneOfEach, mostStirred) : []),
    ]);
  }
}

/** Some of a list at a time, in turn. */
class Rotation {
  #at = 0;

  next<Item>(list: readonly Item[], count: number): readonly Item[] {
    if (list.length <= count) return list;
    const start = this.#at % list.length;
    this.#at = start + count;
    return [...list.slice(start, this.#at), ...list.slice(0, Math.max(0, this.#at - list.length))];
  }
}
