/** What is shown of an Exposure, from how far its blocks of ports have come on each way in. Pure. */
import { type AddressScope, addressScope, isBehindNat } from "../../../shared/address-scope.ts";
import { problem, type ProblemCode } from "../../../shared/problems.ts";
import type { ExposureIntent } from "../../../shared/settings.ts";
import type { Exposure, Mapping, Problem } from "../../../shared/snapshot.ts";
import { differenceOf } from "../observe/comparison.ts";
import type { PortBlockView } from "./block-view.ts";
import type { WishedPort } from "./port-block.ts";
import { closedIpv6 } from "./visitors.ts";

export interface ExposureFacts {
  readonly intent: ExposureIntent;
  readonly session: boolean;
  readonly listening: boolean;
  /** On this PC's own router. */
  readonly own: PortBlockView;
  /** Null where that way is not open. */
  readonly ipv6: PortBlockView | null;
  /** Nobody may come over IPv6, though that way could be opened. */
  readonly ipv6Closed: boolean;
  /** On the router before it; null where that way is not open. */
  readonly upstream: PortBlockView | null;
  /** On the servers that were named beside the first, as far as those ways are open. */
  readonly further: readonly FurtherView[];
  /** As they are on this PC. */
  readonly ports: readonly WishedPort[];
  /** The address that the internet sees of this PC's own router; null while that is not known. */
  readonly seenFromOutside: string | null;
}

interface FurtherView {
  readonly family: 4 | 6;
  readonly view: PortBlockView;
}

export function exposureView(facts: ExposureFacts): Exposure {
  const { intent, session, listening, own, ipv6, ipv6Closed, upstream, further, ports } = facts;
  const { transport, internalPort, whileRunning, host, sources = [] } = intent;
  const instead = insteadOf(upstream?.state === "mapped" ? upstream : own, further);
  const told = instead === null ? reached(own, ipv6) : { ...instead, error: own.error };
  const { others, count: _count, gateway: _gateway, ...main } = told;
  const way = instead === null && upstream?.state === "mapped" ? upstream : null;
  const endpoint = way?.endpoint ?? main.endpoint;
  const block = way?.others ?? others;
  return {
    transport,
    internalPort,
    ...(host !== undefined && { host }),
    ...(whileRunning === true && { whileRunning }),
    ...(session && { session: true }),
    ...(sources.length > 0 && { sources }),
    listening,
    ...main,
    endpoint,
    finding:
      endpoint === null
        ? null
        : // What is seen is the way of the first.
          findingOf(endpoint.address, instead === null ? facts.seenFromOutside : null),
    // Over the outer router too the ports are named by what they are on this PC.
    ...(block.length > 0 && { block: namedAs(block, ports) }),
    ...(ipv6 !== null ? { ipv6: mappingOf(ipv6) } : ipv6Closed && { ipv6: closedIpv6 }),
    ...(upstream !== null && { upstream: mappingOf(upstream) }),
    ...(further.length > 0 && { further: further.map(({ view }) => mappingOf(view)) }),
  };
}

/** The further server over which visitors come, where they cannot over the first; null to keep to that. */
function insteadOf(first: PortBlockView, further: readonly FurtherView[]): PortBlockView | null {
  if (first.state === "withdrawing" || first.state === "waiting" || leadsOut(first)) return null;
  // It may be open in a moment: an address that friends or a name have does not move for that.
  if (first.state === "mapping" && first.error === null) return null;
  const mapped = further.filter(({ family, view }) => family === 4 && view.state === "mapped");
  const best = mapped.find(({ view }) => leadsOut(view)) ?? mapped[0];
  return first.state === "mapped" && !(best && leadsOut(best.view)) ? null : (best?.view ?? null);
}

function leadsOut({ state, endpoint }: PortBlockView): boolean {
  return state === "mapped" && endpoint !== null && !isBehindNat(endpoint.address);
}

/** Where IPv4 leads nowhere, the way over IPv6 is the one to tell. */
function reached(own: PortBlockView, ipv6: PortBlockView | null): PortBlockView {
  if (own.state === "mapped" || own.state === "withdrawing" || own.state === "waiting") return own;
  return ipv6?.state === "mapped" ? { ...ipv6, error: own.error } : own;
}

function namedAs(
  block: NonNullable<Exposure["block"]>,
  [, ...ports]: readonly WishedPort[],
): NonNullable<Exposure["block"]> {
  return block.map(({ endpoint, ...own }, at) => ({
    transport: own.transport,
    internalPort: ports[at]?.internalPort ?? own.internalPort,
    endpoint,
  }));
}

function mappingOf({ others: _others, count: _count, ...mapping }: PortBlockView): Mapping {
  return mapping;
}

const findings: Readonly<Partial<Record<AddressScope, ProblemCode>>> = {
  private: "double-nat",
  shared: "shared-address",
  "ds-lite": "ds-lite",
  unusable: "unusable-address",
};

/** What the external address says about visitors, and the one that the internet sees. */
function findingOf(externalAddress: string, seen: string | null): Problem | null {
  const code = findings[addressScope(externalAddress)];
  if (code === undefined) return differenceOf(externalAddress, seen);
  const tells = code !== "unusable-address" || seen === null;
  return problem(code, tells ? externalAddress : `${externalAddress}, the internet sees ${seen}`);
}
