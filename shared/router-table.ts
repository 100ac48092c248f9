/** What a router holds: its table of mappings, as the window asks for it. */
import type { Transport } from "./snapshot.ts";

export interface RouterTableRow {
  readonly transport: Transport;
  readonly externalPort: number;
  readonly internalClient: string;
  readonly internalPort: number;
  /** In the words of whoever made it; bounded, on one line. */
  readonly description: string;
  /** Seconds left; null where it lasts until it is deleted or the router does not say. */
  readonly lease: number | null;
  /** `exposure`: of what is exposed now. `leaked`: made by Homeport on this PC, and not wanted any more. */
  readonly owner: "exposure" | "leaked" | "other";
}

export interface RouterTable {
  /** Address of the router. */
  readonly gateway: string;
  /** True where the router shows all of it; else these are the ports that we know of. */
  readonly complete: boolean;
  readonly rows: readonly RouterTableRow[];
}

const owners: Readonly<Record<RouterTableRow["owner"], string>> = {
  exposure: "Homeport",
  leaked: "Homeport, left behind",
  other: "Another program or device",
};

export function describeOwner(owner: RouterTableRow["owner"]): string {
  return owners[owner];
}
