/** Who is authoritative for a name: its zone, the primary that takes updates, and all servers that answer for it. */
import type { UdpAddress } from "../../environment.ts";
import { isWithin, splitName } from "../wire/name.ts";
import type { RecordData } from "../wire/rdata.ts";
import { ask, type AskOutcome, resolve, serverAddresses } from "./resolver.ts";
import type { DnsWorld } from "./exchange.ts";

export interface Zone {
  /** The name of the zone's top. */
  readonly zone: string;
  /** Addresses of the primary (the SOA's MNAME, RFC 2136 §4.3), or the server given by hand. */
  readonly primary: readonly UdpAddress[];
}

export interface Authority extends Zone {
  /** Every authoritative server with at least one address. */
  readonly servers: readonly NameServer[];
}

export interface NameServer {
  readonly name: string;
  readonly addresses: readonly UdpAddress[];
}

interface NotFound {
  readonly kind: "failed";
  /** Servers could be asked, and it is the name that nobody knows. */
  readonly answered: boolean;
  readonly reason: string;
}

export type ZoneOutcome = { readonly kind: "found"; readonly zone: Zone } | NotFound;
export type AuthorityOutcome = { readonly kind: "found"; readonly authority: Authority } | NotFound;

/**
 * Finds the zone `name` is in. With `server` (a hidden primary, or one on another port) everything is asked of it
 * first, and it is the primary.
 */
export async function findZone(
  world: DnsWorld,
  name: string,
  server: UdpAddress | null,
): Promise<ZoneOutcome> {
  const soa = await findSoa(name, (owner) => askOne(world, server, owner, "SOA"));
  if (soa.kind === "failed") return soa;
  const { zone } = soa;
  if (server !== null) return { kind: "found", zone: { zone, primary: [server] } };
  const primary = await serverAddresses(world, soa.primary, null);
  return primary.length === 0
    ? { kind: "failed", answered: true, reason: `the primary ${soa.primary} has no address` }
    : { kind: "found", zone: { zone, primary } };
}

/** The zone, and all servers that answer for it. */
export async function findAuthority(
  world: DnsWorld,
  name: string,
  server: UdpAddress | null,
): Promise<AuthorityOutcome> {
  const found = await findZone(world, name, server);
  if (found.kind === "failed") return found;
  const { zone } = found;
  const ns = await askOne(world, server, zone.zone, "NS");
  const hosts =
    ns.kind === "answer"
      ? ns.answer.data.flatMap((data) => (data.type === "NS" ? [data.target] : []))
      : [];
  const named = await Promise.all(
    hosts.map(async (host): Promise<NameServer> => {
      const addresses = await serverAddresses(world, host, server);
      return { name: host, addresses };
    }),
  );
  const servers = named.filter(({ addresses }) => addresses.length > 0);
  const given: NameServer[] =
    server === null ? [] : [{ name: server.address, addresses: [server] }];
  return { kind: "found", authority: { ...zone, servers: [...given, ...servers] } };
}

function askOne(
  world: DnsWorld,
  server: UdpAddress | null,
  owner: string,
  type: "SOA" | "NS",
): Promise<AskOutcome> {
  return server === null ? resolve(world, owner, type) : ask(world, server, owner, type, false);
}

type Soa = { readonly kind: "found"; readonly zone: string; readonly primary: string } | NotFound;

/** Walks up from `name` until a server tells the SOA of the zone it is in. */
async function findSoa(name: string, askSoa: (owner: string) => Promise<AskOutcome>): Promise<Soa> {
  const labels = splitName(name);
  let reason = "no zone found";
  let answered = false;
  for (let cut = 0; cut < labels.length; cut += 1) {
    const owner = labels.slice(cut).join(".");
    const outcome = await askSoa(owner);
    if (outcome.kind === "failed") {
      reason = outcome.reason;
      continue;
    }
    answered = true;
    const { message } = outcome.answer;
    for (const record of [...message.answers, ...message.authority]) {
      const data: RecordData | null = record.data;
      // The SOA beside a “no such name” is that of the zone (RFC 2308 §3); one further down would be a lie.
      if (data?.type === "SOA" && record.name !== "." && isWithin(name, record.name)) {
        return { kind: "found", zone: record.name, primary: data.primary };
      }
    }
    reason = "no server tells the zone";
  }
  return { kind: "failed", answered, reason };
}
