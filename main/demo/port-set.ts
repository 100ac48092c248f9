/** The outside of several ports in a row (PORT_SET, RFC 7753). */
import type { OpenPort, PortOpener, PortWish } from "./port-wish.ts";

/**
 * Opens up to `count` ports from the wished one on, inside and outside in the same order: as many as are free in a
 * row, where not all are. Null when not even the first can be had.
 */
export async function openPorts(
  openPort: PortOpener,
  wish: PortWish,
  count: number,
): Promise<readonly [OpenPort, ...OpenPort[]] | null> {
  const first = await openPort(wish);
  if (first === null) return null;
  const ports: [OpenPort, ...OpenPort[]] = [first];
  const { address, port } = wish.internal;
  for (let offset = 1; offset < count; offset += 1) {
    const suggestedPort = first.externalPort + offset;
    if (suggestedPort > 65_535 || port + offset > 65_535) break;
    const internal = { address, port: port + offset };
    // One after another: the first that is taken ends the row.
    const next = await openPort({ ...wish, internal, suggestedPort, exact: true });
    if (next === null) break;
    ports.push(next);
  }
  return ports;
}
