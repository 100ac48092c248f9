/** How far the ports of a block have come together, from the mappings of each. Pure. */
import { portKey } from "../../../shared/endpoint.ts";
import { problem } from "../../../shared/problems.ts";
import type { BlockPort, Endpoint, Problem } from "../../../shared/snapshot.ts";
import type { MappedPort } from "../mapping/lease-records.ts";
import type { MappingView } from "../mapping/mapping-view.ts";

/** The first one is the one that counts. */
export type Ports<Port extends MappedPort = MappedPort> = readonly [Port, ...Port[]];

/** What is mapped of a port on its own; null when nothing is. */
export type Look = (port: MappedPort) => MappingView | null;

/** How far a block has come, seen from its first port. */
export interface PortBlockView extends MappingView {
  readonly others: readonly BlockPort[];
}

/** One port of a block that was given up, and why. */
export interface BlockRefusal {
  readonly problem: Problem;
  readonly port: MappedPort;
}

/** True when a mapping of `count` ports from `first` on holds `port`. */
export function isCovered(first: MappedPort, port: MappedPort, count: number): boolean {
  const offset = port.internalPort - first.internalPort;
  return port.transport === first.transport && offset >= 0 && offset < count;
}

/** The mapping that holds each of `ports`: its own, or that of the first. */
export function viewsOf(ports: Ports, look: Look): readonly (MappingView | null)[] {
  const [first, ...others] = ports;
  const own = look(first);
  return [
    own,
    ...others.map((port) =>
      own?.state === "mapped" && isCovered(first, port, own.count) ? own : look(port),
    ),
  ];
}

/** The other end of one of `ports`; null while it has none. */
export function endpointOf([first]: Ports, port: MappedPort, look: Look): Endpoint | null {
  const own = look(first);
  if (own?.endpoint == null || !isCovered(first, port, own.count)) {
    return look(port)?.endpoint ?? null;
  }
  const { address } = own.endpoint;
  return { address, port: own.endpoint.port + port.internalPort - first.internalPort };
}

/** Null when nothing of it is there. */
export function blockView(ports: Ports, look: Look): PortBlockView | null {
  const [first, ...others] = ports;
  const own = look(first);
  if (own === null) return null;
  const views = viewsOf(ports, look);
  const pending = views.find((view) => view?.state !== "mapped");
  const whole = pending === undefined;
  const open = own.state === "mapped" && !whole ? (pending ?? asking(own)) : own;
  return {
    ...own,
    state: open.state,
    error: open.error ?? own.error,
    endpoint: whole ? own.endpoint : null,
    expiresAt: whole ? earliest(views) : null,
    others: others.map((port) => ({
      transport: port.transport,
      internalPort: port.internalPort,
      endpoint: whole ? endpointOf(ports, port, look) : null,
    })),
  };
}

/** Of a block that was given up. */
export function refusedView(
  [first, ...others]: Ports,
  look: Look,
  { problem: reason, port }: BlockRefusal,
): PortBlockView {
  return {
    state: "failed",
    gateway: look(first)?.gateway ?? null,
    protocol: null,
    endpoint: null,
    expiresAt: null,
    lifetime: null,
    error: problem(
      "block-incomplete",
      `${portKey(port.transport, port.internalPort)}: ${reason.message}`,
    ),
    count: 1,
    others: others.map(({ transport, internalPort }) => ({
      transport,
      internalPort,
      endpoint: null,
    })),
  };
}

function asking(view: MappingView): MappingView {
  return { ...view, state: "mapping", error: null };
}

function earliest(views: readonly (MappingView | null)[]): string | null {
  const ends = views.flatMap((view) => view?.expiresAt ?? []);
  return ends.toSorted()[0] ?? null;
}
