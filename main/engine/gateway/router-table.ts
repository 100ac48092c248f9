/** The table of a router's mappings, with whose each is. */
import { portKey } from "../../../shared/endpoint.ts";
import type { RouterTable, RouterTableRow } from "../../../shared/router-table.ts";
import type { Lease } from "./lease-book.ts";
import type { TableEntry } from "./port-mapper.ts";

const LONGEST_DESCRIPTION = 80;

/** `table`: as the router shows it, null where it does not. `leases`: what we hold on it and still want. */
export function routerTable(
  gateway: string,
  table: readonly TableEntry[] | null,
  leases: readonly Lease[],
): RouterTable {
  const wanted = new Set(
    leases.map(({ transport, externalPort }) => portKey(transport, externalPort)),
  );
  const rows =
    table?.map(({ ours, ...entry }): RouterTableRow => {
      const isExposed = wanted.has(portKey(entry.transport, entry.externalPort));
      const owner = isExposed ? "exposure" : ours ? "leaked" : "other";
      return { ...entry, description: oneLine(entry.description), owner };
    }) ?? leases.map(rowOf);
  return {
    gateway,
    complete: table !== null,
    rows: rows.toSorted(
      (a, b) => a.externalPort - b.externalPort || a.transport.localeCompare(b.transport),
    ),
  };
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
