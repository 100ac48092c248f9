/**
 * When to read /proc/net/tcp and tcp6 again. A read walks the kernel's whole table of connections, empty or not:
 * 4 ms on a PC with 24 GB of memory (tcp_ehash_entries 262,144), too much twice a second. The counters of
 * /proc/net/{sockstat,sockstat6,snmp} cost 40 µs together and tell whether the number of listeners changed.
 */
export type TcpTable = "tcp" | "tcp6";

export interface TcpCounters {
  /** Sockets in use, by family: listeners and connections. */
  readonly tcp: number;
  readonly tcp6: number;
  /** Connections of both families that are established or half closed (RFC 4022 tcpCurrEstab). */
  readonly established: number;
}

/** Null when a counter is missing; without IPv6 there is no sockstat6. */
export function parseCounters(
  sockstat: string | null,
  sockstat6: string | null,
  snmp: string | null,
): TcpCounters | null {
  const tcp = sockstat?.match(/^TCP: inuse (\d+)/m)?.[1];
  const tcp6 = sockstat6 === null ? "0" : sockstat6.match(/^TCP6: inuse (\d+)/m)?.[1];
  const [names, values] = [...(snmp ?? "").matchAll(/^Tcp: (.*)$/gm)].map(([, columns = ""]) =>
    columns.split(" "),
  );
  const established = values?.[names?.indexOf("CurrEstab") ?? -1];
  if (tcp === undefined || tcp6 === undefined || established === undefined) return null;
  return { tcp: Number(tcp), tcp6: Number(tcp6), established: Number(established) };
}

/** A table may be read again after its last cost times this: 1.7 %, 0.3 % and 0.03 % of one core. */
const pace = { urgent: 60, changed: 300, unchanged: 3000 } as const;

interface TableState {
  readonly readAt: number;
  readonly cost: number;
  readonly counters: TcpCounters | null;
  /** Least number of waiting sockets since the read; more than that may be a new listener. */
  least: number;
  /** A socket of this table is gone from its process. */
  suspect: boolean;
}

/** Listeners of both families, plus the few connections that are opening or closing. */
function waiting({ tcp, tcp6, established }: TcpCounters): number {
  return tcp + tcp6 - established;
}

export class TcpPace {
  readonly #tables = new Map<TcpTable, TableState>();

  /** Whether to read `table` now (monotonic ms); ask once a scan. */
  due(table: TcpTable, counters: TcpCounters | null, now: number): boolean {
    const state = this.#tables.get(table);
    if (!state) return true;
    const urgency = howUrgent(state, table, counters);
    if (counters) state.least = Math.min(state.least, waiting(counters));
    return now - state.readAt >= state.cost * pace[urgency];
  }

  /** `table` was read at `now` and took `cost` ms; `counters` are those from before the read. */
  done(table: TcpTable, counters: TcpCounters | null, now: number, cost: number): void {
    const before = this.#tables.get(table)?.cost ?? cost;
    // A busy PC makes single reads look costly.
    const smooth = Math.min(cost, before + (cost - before) / 8);
    const least = counters ? waiting(counters) : 0;
    this.#tables.set(table, { readAt: now, cost: smooth, counters, least, suspect: false });
  }

  /** A process no longer holds a socket of `table`. */
  suspect(table: TcpTable): void {
    const state = this.#tables.get(table);
    if (state) state.suspect = true;
  }
}

function howUrgent(
  state: TableState,
  table: TcpTable,
  counters: TcpCounters | null,
): keyof typeof pace {
  const before = state.counters;
  if (counters === null || before === null || state.suspect) return "urgent";
  const more = waiting(counters) - state.least;
  if (counters[table] !== before[table]) return more > 0 ? "urgent" : "changed";
  const other = table === "tcp" ? "tcp6" : "tcp";
  // Unless the other family explains it, a listener took the place of a connection here.
  return more > Math.max(0, counters[other] - before[other]) ? "changed" : "unchanged";
}
