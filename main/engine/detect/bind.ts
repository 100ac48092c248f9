/** What a bind address means: who can reach it. */
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";
import type { Bind } from "../../../shared/snapshot.ts";

/** Name of the interface that has the address, or null. */
export type InterfaceOf = (address: string) => string | null;

/** From the narrowest to the widest. */
const widths = ["loopback", "link-local", "vpn", "interface", "all"] as const;

/** Names that VPNs give their interfaces on the three systems; Windows shows them to the user and lets them be changed. */
const vpnName =
  /^(tun|tap|utun|wg|ppp|ipsec|zt|ham|tailscale|nordlynx|proton|mullvad|nebula)|vpn|wireguard|tailscale|zerotier|hamachi/i;

/** The widest kind among `addresses`, with the interfaces of that kind. */
export function describeBind(addresses: readonly string[], interfaceOf: InterfaceOf): Bind {
  const binds = addresses.map((address) => describeOne(address, interfaceOf));
  const width = Math.max(0, ...binds.map(({ kind }) => widths.indexOf(kind)));
  const kind = widths[width] ?? "loopback";
  const names = binds.filter((bind) => bind.kind === kind).flatMap(({ interfaces }) => interfaces);
  return { kind, interfaces: [...new Set(names)].toSorted() };
}

function describeOne(address: string, interfaceOf: InterfaceOf): Bind {
  // Nearly all servers have one of these, at each scan.
  if (address === "0.0.0.0" || address === "::") return { kind: "all", interfaces: [] };
  if (address === "127.0.0.1" || address === "::1") return { kind: "loopback", interfaces: [] };
  switch (ipaddr.isValid(address) ? ipaddr.process(address).range() : "unspecified") {
    case "unspecified":
      return { kind: "all", interfaces: [] };
    case "loopback":
      return { kind: "loopback", interfaces: [] };
    case "linkLocal":
      return { kind: "link-local", interfaces: named(interfaceOf(address)) };
    default: {
      const name = interfaceOf(address);
      const kind = name !== null && vpnName.test(name) ? "vpn" : "interface";
      return { kind, interfaces: named(name) };
    }
  }
}

function named(name: string | null): string[] {
  return name === null ? [] : [name];
}

/** Asks the system at most every `age` milliseconds of `now`. */
export function systemInterfaces(now: () => number, age = 5000): InterfaceOf {
  let names = new Map<string, string>();
  let askedAt = Number.NEGATIVE_INFINITY;
  return (address) => {
    if (now() - askedAt >= age) {
      askedAt = now();
      names = new Map(
        Object.entries(networkInterfaces()).flatMap(([name, infos]) =>
          (infos ?? []).map((info) => [info.address, name] as const),
        ),
      );
    }
    return names.get(address) ?? null;
  };
}
