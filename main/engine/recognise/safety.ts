/** Whether a server may be exposed without a second thought. */
import type { Refusal } from "../../../shared/contract.ts";
import { isForSession } from "../../../shared/open-world.ts";
import { type WarningName, warningText } from "../../../shared/services/warnings.ts";
import type {
  Exposure,
  NetworkService,
  RecognisedServer,
  Transport,
} from "../../../shared/snapshot.ts";

interface Port {
  readonly transport: Transport;
  readonly internalPort: number;
  /** Another device, of which nothing is known here. */
  readonly host?: string | undefined;
}

/**
 * What speaks against exposing these ports, from what listens there now, or is announced by the other device; null
 * when nothing does.
 */
export function refusalToExpose(
  servers: readonly RecognisedServer[],
  ports: readonly Port[],
  network: readonly NetworkService[] = [],
): Refusal | null {
  const here = [...serversOn(servers, ports), ...announcedOn(network, ports)];
  const warnings = refusalsOf(here);
  const [first] = warnings;
  if (first === undefined) return null;
  const { reason, saferWay } = warningText(first);
  const title = here.find((one) => one.warnings.includes(first))?.title ?? "";
  return { code: "unsafe", message: `${title}: ${reason} ${saferWay}`, warnings };
}

/** True where the server on the port ends for good when it ends. */
export function endsForGood(servers: readonly RecognisedServer[], port: Port): boolean {
  return serversOn(servers, [port]).some(isForSession);
}

/** `exposure` with what speaks against what listens there now. */
export function withWarnings(exposure: Exposure, servers: readonly RecognisedServer[]): Exposure {
  const { host, block = [] } = exposure;
  const ports = [exposure, ...block].map((port) => ({ ...port, host }));
  const warnings = refusalsOf(serversOn(servers, ports));
  return warnings.length === 0 ? exposure : { ...exposure, warnings };
}

function serversOn(
  servers: readonly RecognisedServer[],
  ports: readonly Port[],
): readonly RecognisedServer[] {
  const own = ports.filter(({ host }) => host === undefined);
  return servers.filter((one) =>
    own.some((port) => one.transport === port.transport && one.port === port.internalPort),
  );
}

function announcedOn(
  network: readonly NetworkService[],
  ports: readonly Port[],
): readonly Judged[] {
  return network
    .filter((one) =>
      ports.some(
        ({ transport, internalPort, host }) =>
          transport === one.transport &&
          internalPort === one.port &&
          host !== undefined &&
          one.addresses.includes(host),
      ),
    )
    .map(({ name, warnings = [] }) => ({ title: name, warnings }));
}

type Judged = Pick<RecognisedServer, "title" | "warnings">;

function refusalsOf(servers: readonly Judged[]): readonly WarningName[] {
  return [...new Set(servers.flatMap((one) => one.warnings))].filter(
    (name) => warningText(name).level === "refuse",
  );
}
