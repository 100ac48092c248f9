/** The table of a router's mappings, with whose each is. */
import type { RouterTable, RouterTableRow } from "../../../shared/router-table.ts";
import { type Lease, leaseKeyOf } from "./lease-book.ts";
import { sameAddress } from "../addresses.ts";
import type { TableEntry } from "./port-mapper.ts";
import { wasOurs } from "./upnp/igd/ownership.ts";

const LONGEST_DESCRIPTION = 80;

/** `table`: as the router shows it, null where it does not. `leases`: what we hold on it and still want. */
export function routerTable(
  gateway: string,
  table: readonly TableEntry[] | null,
  leases: readonly Lease[],
): RouterTable {
  const rows =
    table?.map((entry): RouterTableRow => {
      const { ours, toThisPc: _, ...told } = entry;
      const isExposed = leases.some((lease) => isOfLease(entry, lease));
      const owner = isExposed ? "exposure" : ours ? "leaked" : "other";
      return { ...told, description: oneLine(entry.description), owner };
    }) ?? leases.map(rowOf);
  return {
    gateway,
    complete: table !== null,
    rows: rows.toSorted(
      (a, b) => a.externalPort - b.externalPort || a.transport.localeCompare(b.transport),
    ),
  };
}

/**
 * True when the entry is what the lease stands for. By PCP and NAT-PMP the router granted it to us, in whatever words it
 * lists that; a UPnP entry at a port of ours may have become somebody else's.
 */
function isOfLease(entry: TableEntry, lease: Lease): boolean {
  const { transport, externalPort, internalPort, host, protocol, count = 1 } = lease;
  const step = entry.externalPort - externalPort;
  if (entry.transport !== transport || step < 0 || step >= count) return false;
  if (protocol === "upnp" && !entry.ours) return wasOurs(entry, leaseKeyOf(lease));
  if (entry.internalPort !== internalPort + step) return false;
  return host === undefined ? entry.toThisPc : sameAddress(entry.internalClient, host);
}

function rowOf({ transport, externalPort, internalPort, host, expiresAt }: Lease): RouterTableRow {
  return {
    transport,
    externalPort,
    internalClient: host ?? "this PC",
    internalPort,
    description: `Homeport, until ${expiresAt}`,
    lease: null,
    owner: "exposure",
  };
}

/** Whoever made the entry wrote it. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, LONGEST_DESCRIPTION);
}
