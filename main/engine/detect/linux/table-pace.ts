/**
 * When to read a socket table again. A read of /proc/net/tcp or tcp6 may walk the kernel's whole table of connections,
 * empty or not: 2 to 8 ms on a PC with 24 GB of memory (tcp_ehash_entries 262,144). The counters of
 * /proc/net/{sockstat,sockstat6,snmp} cost 30 µs together and tell whether the number of sockets changed.
 */
export type TableName = "tcp" | "tcp6" | "udp" | "udp6";

export interface SocketCounters {
  /** Sockets in use, by table: all that have a port. */
  readonly inUse: Readonly<Record<TableName, number>>;
  /** TCP connections of both families that are established or half closed (RFC 4022 tcpCurrEstab). */
  readonly established: number;
}

/** Null when a counter is missing; without IPv6 there is no sockstat6. */
export function parseCounters(
  sockstat: string | null,
  sockstat6: string | null,
  snmp: string | null,
): SocketCounters | null {
  const inUse = {
    tcp: find(/^TCP: inuse (\d+)/m, sockstat),
    udp: find(/^UDP: inuse (\d+)/m, sockstat),
    tcp6: sockstat6 === null ? 0 : find(/^TCP6: inuse (\d+)/m, sockstat6),
    udp6: sockstat6 === null ? 0 : find(/^UDP6: inuse (\d+)/m, sockstat6),
  };
  // A line of names, a line of numbers.
  const [, names = "", values = ""] = /^Tcp: (.*)\nTcp: (.*)$/m.exec(snmp ?? "") ?? [];
  const established = Number(values.split(" ")[names.split(" ").indexOf("CurrEstab")]);
  const all = [...Object.values(inUse), established];
  return all.every(Number.isInteger) ? { inUse, established } : null;
}

function find(pattern: RegExp, text: string | null): number {
  return Number(text?.match(pattern)?.[1]);
}

/**
 * A table may be read again after its cost times this: 1.7 % and 0.3 % of one core after a change. With the same
 * counters a TCP table is looked at in a cheaper way as well (`TableReader.looksSame`); a UDP table is not, so it has
 * to be read within the second.
 */
const pace = { urgent: 60, changed: 300, unchangedUdp: 1500, unchangedTcp: 10_000 };
const longestUnchangedUdp = 650;
const lookPace = 1000;

type Urgency = keyof typeof pace;

/** The first read finds cold caches, the second one reads the whole table: neither tells what a usual one costs. */
const unusual = 2;

interface TableState {
  readonly readAt: number;
  readonly reads: number;
  /** Milliseconds of a usual read; null before there was one. */
  readonly cost: number | null;
  readonly counters: SocketCounters | null;
  /** Least number of waiting sockets since the read; more than that may be a new listener. */
  least: number;
  /** The list of this table is known to be out of date. */
  suspect: boolean;
  lookedAt: number;
  lookCost: number;
}

export class TablePace {
  readonly #tables = new Map<TableName, TableState>();

  /** Whether to read `table` now (monotonic ms). */
  due(table: TableName, counters: SocketCounters | null, now: number): boolean {
    const state = this.#tables.get(table);
    if (!state || state.cost === null) return true;
    const urgency = howUrgent(state, table, counters);
    if (counters) state.least = Math.min(state.least, waiting(table, counters));
    const pause = state.cost * pace[urgency];
    const longest = urgency === "unchangedUdp" ? longestUnchangedUdp : Infinity;
    return now - state.readAt >= Math.min(pause, longest);
  }

  /** `table` was read at `now` and took `cost` ms; `counters` are those from before the read. */
  done(table: TableName, counters: SocketCounters | null, now: number, cost: number): void {
    const last = this.#tables.get(table);
    const reads = (last?.reads ?? 0) + 1;
    const before = last?.cost ?? cost;
    // A busy PC makes single reads look costly.
    const smooth = reads > unusual ? Math.min(cost, before + (cost - before) / 8) : null;
    const least = counters ? waiting(table, counters) : 0;
    this.#tables.set(table, {
      readAt: now,
      reads,
      cost: smooth,
      counters,
      least,
      suspect: false,
      lookedAt: now,
      lookCost: 0,
    });
  }

  /** Whether to look at `table` in the cheaper way now. */
  lookDue(table: TableName, now: number): boolean {
    const state = this.#tables.get(table);
    return state !== undefined && now - state.lookedAt >= state.lookCost * lookPace;
  }

  /** `table` was looked at. */
  looked(table: TableName, now: number, cost: number): void {
    const state = this.#tables.get(table);
    if (!state) return;
    state.lookedAt = now;
    state.lookCost = cost;
  }

  /** A socket of `table` is gone from its process, or from its place in the table. */
  suspect(table: TableName): void {
    const state = this.#tables.get(table);
    if (state) state.suspect = true;
  }
}

/** Sockets that wait for peers; of TCP in both families, plus the few connections that are opening or closing. */
function waiting(table: TableName, { inUse, established }: SocketCounters): number {
  return isTcp(table) ? inUse.tcp + inUse.tcp6 - established : inUse[table];
}

function isTcp(table: TableName): boolean {
  return table === "tcp" || table === "tcp6";
}

function howUrgent(state: TableState, table: TableName, counters: SocketCounters | null): Urgency {
  const unchanged = isTcp(table) ? "unchangedTcp" : "unchangedUdp";
  const before = state.counters;
  if (counters === null || before === null || state.suspect) return "urgent";
  const more = waiting(table, counters) - state.least;
  if (counters.inUse[table] !== before.inUse[table]) return more > 0 ? "urgent" : "changed";
  if (!isTcp(table)) return unchanged;
  const other = table === "tcp" ? "tcp6" : "tcp";
  // Unless the other family explains it, a listener took the place of a connection here.
  return more > Math.max(0, counters.inUse[other] - before.inUse[other]) ? "changed" : unchanged;
}
