/**
 * Host names for addresses. A gateway may give another external address to each mapping (RFC 6887 §11.3 does not forbid
 * it), and a port may differ between the families; a record that names host and port needs a host with exactly the
 * addresses at which that port is open. The name itself is the host of what most services share.
 */
import type { Endpoint } from "../../../shared/snapshot.ts";
import type { ExposedService, PlanCapabilities } from "./plan-input.ts";

interface TargetHost {
  readonly host: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

export interface TargetPlan {
  readonly hosts: readonly TargetHost[];
  /** Host and port of each service by its key, best first. */
  readonly ways: ReadonlyMap<string, readonly { readonly host: string; readonly port: number }[]>;
}

interface Way {
  readonly port: number;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

/** The endpoints of `services` are public ones of families that are wanted. */
export function planTargets(
  fqdn: string,
  services: readonly ExposedService[],
  { namesBelow }: PlanCapabilities,
): TargetPlan {
  const all = services.flatMap(({ endpoints }) => endpoints.map(({ address }) => address));
  const own: TargetHost = {
    host: fqdn,
    ipv4: mostCommon(all.filter((address) => !address.includes(":"))),
    ipv6: mostCommon(all.filter((address) => address.includes(":"))),
  };
  const hosts: TargetHost[] = own.ipv4 === null && own.ipv6 === null ? [] : [own];
  const ways = new Map<string, { host: string; port: number }[]>();
  for (const { key, endpoints } of services) {
    const found: { host: string; port: number }[] = [];
    for (const way of waysOf(endpoints)) {
      let target = hosts.find(({ ipv4, ipv6 }) => ipv4 === way.ipv4 && ipv6 === way.ipv6);
      if (target === undefined && namesBelow) {
        // `tcp-25565` names the service, not the address, so that it stays when the address changes.
        const suffix = found.length === 0 ? "" : `-${found.length + 1}`;
        target = {
          host: `${key.replace("/", "-")}${suffix}.${fqdn}`,
          ipv4: way.ipv4,
          ipv6: way.ipv6,
        };
        hosts.push(target);
      }
      // Where one host is all there is, the name serves as well as it can.
      target ??= own.ipv4 === way.ipv4 || own.ipv6 === way.ipv6 ? own : undefined;
      if (target !== undefined) found.push({ host: target.host, port: way.port });
    }
    ways.set(key, found);
  }
  return { hosts, ways };
}

/** Endpoints of one service by their port: both families in one way where the port is the same. */
function waysOf(endpoints: readonly Endpoint[]): readonly Way[] {
  const ways = new Map<number, Way>();
  for (const { address, port } of endpoints) {
    const way = ways.get(port) ?? { port, ipv4: null, ipv6: null };
    ways.set(port, { ...way, [address.includes(":") ? "ipv6" : "ipv4"]: address });
  }
  return [...ways.values()];
}

/** Of equals the first. */
function mostCommon(values: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: string | null = null;
  for (const [value, count] of counts) {
    if (best === null || count > (counts.get(best) ?? 0)) best = value;
  }
  return best;
}
