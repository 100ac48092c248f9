/**
 * Whether a line owns only some port numbers (MAP-E, RFC 7597; lw4o6, RFC 7596): then the router never gives the number
 * that was wished for, and all that it gives belong to one port set. Nothing on the wire says so.
 */
import { addressScope } from "../../../shared/address-scope.ts";
import type { Exposure } from "../../../shared/snapshot.ts";

/** Bits of the set's number, how many bits stand after it (RFC 7597 §5.1), and ports that make chance unlikely. */
const layouts = [
  { bits: 8, after: 4, enough: 3 },
  { bits: 6, after: 6, enough: 5 },
] as const;

export interface PortSet {
  /** Ports of the line, with the 1024 lowest left out as the RFC has it (offset of 4 bits). */
  readonly size: number;
}

/** What the ports that stand tell; null when they do not look like a set, or are too few to tell. */
export function limitedPorts(exposures: readonly Exposure[]): PortSet | null {
  const told = exposures.filter(
    ({ endpoint, upstream }) =>
      endpoint !== null &&
      upstream === undefined &&
      !endpoint.address.includes(":") &&
      addressScope(endpoint.address) === "public",
  );
  if (told.some(({ internalPort, endpoint }) => endpoint?.port === internalPort)) return null;
  const ports = new Set(told.flatMap(({ endpoint }) => endpoint?.port ?? []));
  const found = layouts.find(({ bits, after, enough }) => {
    const sets = new Set([...ports].map((port) => (port >> after) & (2 ** bits - 1)));
    return ports.size >= enough && sets.size === 1;
  });
  return found === undefined ? null : { size: 15 * 2 ** found.after };
}
