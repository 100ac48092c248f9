/** What belongs to an exposure beside its endpoint: further ports, the way over IPv6, further routers. */
import { exposureKey, formatEndpoint, otherWay, protocolName } from "../../shared/endpoint.ts";
import type { BlockPort, Exposure, Mapping } from "../../shared/snapshot.ts";
import { WarningIcon } from "../ui/icons.tsx";
import { CopyButton } from "./copy-button.tsx";

export function Ways({ exposure }: { readonly exposure: Exposure }) {
  const { block = [], ipv6, upstream, further = [] } = exposure;
  const other = otherWay(exposure);
  const hasIpv6 = other !== null || (ipv6 !== undefined && ipv6.state !== "mapped");
  if (block.length === 0 && !hasIpv6 && upstream === undefined && further.length === 0) return null;
  return (
    <dl className="ways">
      {block.length > 0 && (
        <div className="way">
          <dt>Opened with it</dt>
          <dd>
            {block.map((port) => (
              <span key={exposureKey(port)} className="way-port">
                {describePort(port)}
              </span>
            ))}
          </dd>
        </div>
      )}
      {hasIpv6 && ipv6 !== undefined && (
        <div className="way" data-testid="ipv6" data-state={ipv6.state}>
          <dt>Over IPv6</dt>
          {other === null ? (
            <dd>
              <Pending mapping={ipv6} />
            </dd>
          ) : (
            <dd className="way-copy">
              <span className="way-port">{formatEndpoint(other)}</span>
              <CopyButton exposure={exposure} endpoint={formatEndpoint(other)} ipv6 small />
            </dd>
          )}
        </div>
      )}
      {upstream !== undefined && (
        <div className="way" data-testid="upstream" data-state={upstream.state}>
          <dt>Second router</dt>
          <dd>
            {upstream.state === "mapped" ? (
              <>
                {upstream.gateway}
                {upstream.protocol !== null && ` · ${protocolName(upstream.protocol)}`} · also open
              </>
            ) : (
              <Pending mapping={upstream} />
            )}
          </dd>
        </div>
      )}
      {further.map((mapping, at) => (
        <div
          key={mapping.gateway ?? at}
          className="way"
          data-testid="further"
          data-state={mapping.state}
        >
          <dt>Also through {mapping.gateway ?? "another router"}</dt>
          <FurtherServer exposure={exposure} mapping={mapping} />
        </div>
      ))}
    </dl>
  );
}

/** One more public endpoint, unless it is the one that stands above. */
function FurtherServer({
  exposure,
  mapping,
}: {
  readonly exposure: Exposure;
  readonly mapping: Mapping;
}) {
  const { endpoint, gateway } = mapping;
  if (mapping.state !== "mapped" || endpoint === null) {
    return (
      <dd>
        <Pending mapping={mapping} />
      </dd>
    );
  }
  const text = formatEndpoint(endpoint);
  const isTold = [exposure.endpoint, exposure.ipv6?.endpoint ?? null].some(
    (told) => told !== null && formatEndpoint(told) === text,
  );
  if (isTold || gateway === null) return <dd>also open</dd>;
  return (
    <dd className="way-copy">
      <span className="way-port">{text}</span>
      <CopyButton exposure={exposure} endpoint={text} gateway={gateway} small />
    </dd>
  );
}

/** `udp/2457`, and where it is reached when that is another number. */
function describePort(port: BlockPort): string {
  const key = exposureKey(port);
  const { endpoint, internalPort } = port;
  return endpoint === null || endpoint.port === internalPort ? key : `${key} at ${endpoint.port}`;
}

function Pending({ mapping }: { readonly mapping: Mapping }) {
  if (mapping.error === null) return "Asking the router…";
  return (
    <span className="way-trouble" data-code={mapping.error.code}>
      <WarningIcon />
      {mapping.error.message}
    </span>
  );
}
