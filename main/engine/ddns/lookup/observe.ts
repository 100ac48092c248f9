/** What the DNS really says: every authoritative server is asked itself, so no cache stands between. */
import { dataKey, type DnsRef } from "../rrset.ts";
import type { RecordData } from "../wire/rdata.ts";
import type { Authority, NameServer } from "./authority.ts";
import type { DnsWorld } from "./exchange.ts";
import { ask } from "./resolver.ts";

export interface ObservedRrset extends DnsRef {
  /** What the servers say that answered: each distinct set of data once. Empty when none answered. */
  readonly views: readonly View[];
  /** Names of servers that gave no answer. */
  readonly silent: readonly string[];
}

interface View {
  readonly data: readonly RecordData[];
  /** Seconds; null when absent and the server does not say how long. */
  readonly ttl: number | null;
  /** Names of the servers that say so. */
  readonly servers: readonly string[];
}

/** Asks all servers of `authority` for all `wanted` at once. */
export async function observe(
  world: DnsWorld,
  authority: Authority,
  wanted: readonly DnsRef[],
): Promise<readonly ObservedRrset[]> {
  return Promise.all(wanted.map((ref) => observeOne(world, authority.servers, ref)));
}

/** The set all answering servers agree on; null when none answered or they differ. */
export function agreed({ views }: ObservedRrset): readonly RecordData[] | null {
  const [first] = views;
  return views.length === 1 && first !== undefined ? first.data : null;
}

async function observeOne(
  world: DnsWorld,
  servers: readonly NameServer[],
  { name, type }: DnsRef,
): Promise<ObservedRrset> {
  const views = new Map<
    string,
    { data: readonly RecordData[]; ttl: number | null; servers: string[] }
  >();
  const silent: string[] = [];
  await Promise.all(
    servers.map(async (server) => {
      const answer = await askServer(world, server, { name, type });
      if (answer === null) {
        silent.push(server.name);
        return;
      }
      const key = dataKey(answer.data);
      const view = views.get(key);
      if (view === undefined) views.set(key, { ...answer, servers: [server.name] });
      else view.servers.push(server.name);
    }),
  );
  return { name, type, views: [...views.values()], silent };
}

async function askServer(
  world: DnsWorld,
  server: NameServer,
  { name, type }: DnsRef,
): Promise<{ readonly data: readonly RecordData[]; readonly ttl: number | null } | null> {
  for (const address of server.addresses) {
    const outcome = await ask(world, address, name, type, false);
    // What a server says without authority is hearsay (a lame delegation, a resolver in between).
    if (outcome.kind === "answer" && outcome.answer.authoritative) {
      return { data: outcome.answer.data, ttl: outcome.answer.ttl };
    }
  }
  return null;
}
