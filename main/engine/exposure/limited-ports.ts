/**
 * Whether a line owns only some port numbers (MAP-E, RFC 7597; lw4o6, RFC 7596): then the router never gives the number
 * that was wished for, and all that it gives belong to one port set. Nothing on the wire says so.
 */
import { addressScope } from "../../../shared/address-scope.ts";
import { problem } from "../../../shared/problems.ts";
import type { Exposure } from "../../../shared/snapshot.ts";
import type { Lease } from "../gateway/lease-book.ts";

/** Bits of the set's number, how many bits stand after it (RFC 7597 §5.1), and ports that make chance unlikely. */
const layouts = [
  { bits: 8, after: 4, enough: 3 },
  { bits: 6, after: 6, enough: 5 },
] as const;

export interface PortSet {
  /** Ports of the line, with the 1024 lowest left out as the RFC has it (offset of 4 bits). */
  readonly size: number;
}

/** What was granted once. */
type Granted = Pick<Lease, "internalPort" | "externalAddress" | "externalPort">;

/**
 * What the ports that stand tell, with those that the same line gave before; null when they do not look like a set, or
 * are too few to tell.
 */
export function limitedPorts(
  exposures: readonly Exposure[],
  before: readonly Granted[] = [],
): PortSet | null {
  const now = exposures.filter(isTelling).flatMap(({ internalPort, endpoint }) => {
    if (endpoint === null) return [];
    return [{ internalPort, externalAddress: endpoint.address, externalPort: endpoint.port }];
  });
  const lines = new Set(now.map(({ externalAddress }) => externalAddress));
  const told = [
    ...now,
    ...before.filter(({ externalAddress: line }) => line !== null && lines.has(line)),
  ];
  if (told.some(({ internalPort, externalPort }) => externalPort === internalPort)) return null;
  const ports = new Set(told.map(({ externalPort }) => externalPort));
  const found = layouts.find(({ bits, after, enough }) => {
    const sets = new Set([...ports].map((port) => (port >> after) & (2 ** bits - 1)));
    return ports.size >= enough && sets.size === 1;
  });
  return found === undefined ? null : { size: 15 * 2 ** found.after };
}

/** With that as the finding of each port that stands on such a line. */
export function withLimitedPorts(
  exposures: readonly Exposure[],
  before: readonly Granted[],
): readonly Exposure[] {
  const set = limitedPorts(exposures, before);
  if (set === null) return exposures;
  const finding = problem("limited-ports", `about ${set.size} numbers`);
  return exposures.map((exposure) =>
    exposure.finding === null && isTelling(exposure) ? { ...exposure, finding } : exposure,
  );
}

function isTelling({ endpoint, upstream }: Exposure): boolean {
  return (
    endpoint !== null &&
    upstream === undefined &&
    !endpoint.address.includes(":") &&
    addressScope(endpoint.address) === "public"
  );
}
