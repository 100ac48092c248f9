/** Exposures and recognised servers, as far as names care for them. */
import { exposureKey, otherWay } from "../../../shared/endpoint.ts";
import { findService } from "../../../shared/services/catalogue.ts";
import type { Exposure, RecognisedServer } from "../../../shared/snapshot.ts";
import type { NamedExposure } from "./names.ts";
import type { KnownEndpoint, ServiceHint } from "./plan-input.ts";

/** What is being withdrawn counts as gone. */
export function namedExposures(
  exposures: readonly Exposure[],
  servers: readonly RecognisedServer[],
): readonly NamedExposure[] {
  return exposures
    .filter(({ state }) => state !== "withdrawing")
    .map((exposure) => {
      const server = servers.find(
        ({ transport, port }) =>
          exposure.host === undefined &&
          transport === exposure.transport &&
          port === exposure.internalPort,
      );
      return {
        key: exposureKey(exposure),
        endpoints: endpointsOf(exposure),
        hint: server === undefined ? null : hintOf(server),
      };
    });
}

/** One a family: the way over IPv6 stands beside the one over IPv4. */
function endpointsOf(exposure: Exposure): readonly KnownEndpoint[] {
  const { endpoint, finding } = exposure;
  // The other findings are to be read from the address itself.
  const refused = finding?.code === "address-differs" ? { refusal: finding } : {};
  const own = endpoint === null ? [] : [{ ...endpoint, ...refused }];
  const other = otherWay(exposure);
  return other === null ? own : [...own, other];
}

/** What client programs of this server look up; null when it is not recognised (now). */
function hintOf({ service, transport }: RecognisedServer): ServiceHint | null {
  const entry = service === null ? null : findService(service.id);
  if (service === null || entry === null) return null;
  const [first] = entry.ports;
  // The SRV record leads to the port that counts, not to a query or voice port beside it.
  const counts = service.role === null || service.role === first?.role;
  const srv = entry.srv ?? null;
  return {
    srv: counts && srv?.endsWith(`._${transport}`) === true ? srv : null,
    defaultPort: counts && first?.transport === transport ? first.port : null,
    scheme: counts ? (schemeOf(entry.joinUrl) ?? null) : null,
  };
}

/** Web pages have `http://{host}:{port}…`; other links lead through somebody else's site. */
function schemeOf(joinUrl: string | undefined): ServiceHint["scheme"] | undefined {
  const scheme = /^(https?):\/\/\{host\}/.exec(joinUrl ?? "")?.[1];
  return scheme === "http" || scheme === "https" ? scheme : undefined;
}
