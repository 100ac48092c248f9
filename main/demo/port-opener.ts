/** Chooses external ports where outside and inside share one PC, and opens a forwarder on them. */
import type { UdpAddress } from "../engine/environment.ts";
import type { OpenPort, PortOpener, PortWish } from "./port-wish.ts";
import { forwardTcp } from "./tcp-forwarder.ts";
import { forwardUdp } from "./udp-forwarder.ts";

/** How many ports above the first choice are tried before the system picks. */
const NEIGHBOURS = 20;

/** A PortOpener for `externalAddress` of this PC. */
export function loopbackPortOpener(externalAddress: string): PortOpener {
  /** External `transport port` → internal port. */
  const open = new Map<string, number>();

  return async ({ transport, internal, suggestedPort, exact, admits }) => {
    // On a PC that is its own outside, a chain of mappings could end in itself and forward for ever.
    if (open.has(`${transport} ${internal.port}`)) return null;
    const inUse = new Set([internal.port, ...valuesOf(open, transport)]);
    for (const port of candidates(suggestedPort, exact)) {
      if (port !== 0 && inUse.has(port)) continue;
      const forwarder = await forward(
        transport,
        { address: externalAddress, port },
        internal,
        admits,
      );
      if (forwarder === null) continue;
      const key = `${transport} ${forwarder.externalPort}`;
      open.set(key, internal.port);
      return {
        externalPort: forwarder.externalPort,
        close: () => {
          open.delete(key);
          forwarder.close();
        },
      };
    }
    return null;
  };
}

function forward(
  transport: PortWish["transport"],
  external: UdpAddress,
  internal: UdpAddress,
  admits: PortWish["admits"],
): Promise<OpenPort | null> {
  return transport === "tcp"
    ? forwardTcp(external, internal, admits)
    : forwardUdp(external, internal, admits);
}

/** The wish first, then one that shows where it comes from (8080 → 48080) and its neighbours, then any. */
function candidates(wish: number, exact: boolean): readonly number[] {
  if (wish === 0) return [0];
  if (exact) return [wish];
  const near = wish + 40_000 <= 65_000 ? wish + 40_000 : 40_000 + (wish % 25_000);
  return [wish, ...Array.from({ length: NEIGHBOURS }, (_, step) => near + step), 0];
}

function valuesOf(open: ReadonlyMap<string, number>, transport: string): readonly number[] {
  return [...open].filter(([key]) => key.startsWith(transport)).map(([, internal]) => internal);
}
