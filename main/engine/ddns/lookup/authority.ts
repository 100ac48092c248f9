/** Who is authoritative for a name: its zone, the primary that takes updates, and all servers that answer for it. */
import type { UdpAddress } from "../../environment.ts";
import { isWithin, splitName } from "../wire/name.ts";
import type { RecordData } from "../wire/rdata.ts";
import { ask, type AskOutcome, resolve, serverAddresses } from "./resolver.ts";
import type { DnsWorld } from "./exchange.ts";

export interface Authority {
  /** The name of the zone's top. */
  readonly zone: string;
  /** Addresses of the primary (the SOA's MNAME, RFC 2136 §4.3), or the server given by hand. */
  readonly primary: readonly UdpAddress[];
  /** Addresses of every authoritative server, each server with at least one. */
  readonly servers: readonly NameServer[];
}

export interface NameServer {
  readonly name: string;
  readonly addresses: readonly UdpAddress[];
}

export type AuthorityOutcome =
  | { readonly kind: "found"; readonly authority: Authority }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Finds the zone `name` is in. With `server` (a hidden primary, or one on another port) everything is asked of it
 * first, and it is the primary.
 */
export async function findAuthority(
  world: DnsWorld,
  name: string,
  server: UdpAddress | null,
): Promise<AuthorityOutcome> {
  const askOne = (owner: string, type: "SOA" | "NS"): Promise<AskOutcome> =>
    server === null ? resolve(world, owner, type) : ask(world, server, owner, type, false);
  const soa = await findSoa(name, (owner) => askOne(owner, "SOA"));
  if (soa.kind === "failed") return soa;
  const primary = server === null ? await serverAddresses(world, soa.primary, null) : [server];
  if (primary.length === 0) {
    return { kind: "failed", reason: `the primary ${soa.primary} has no address` };
  }
  const ns = await askOne(soa.zone, "NS");
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
  return { kind: "found", authority: { zone: soa.zone, primary, servers: [...given, ...servers] } };
}

type Soa =
  | { readonly kind: "found"; readonly zone: string; readonly primary: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Walks up from `name` until a server tells the SOA of the zone it is in. */
async function findSoa(name: string, askSoa: (owner: string) => Promise<AskOutcome>): Promise<Soa> {
  const labels = splitName(name);
  let reason = "no zone found";
  for (let cut = 0; cut < labels.length; cut += 1) {
    const owner = labels.slice(cut).join(".");
    const outcome = await askSoa(owner);
    if (outcome.kind === "failed") {
      reason = outcome.reason;
      continue;
    }
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
  return { kind: "failed", reason };
}
