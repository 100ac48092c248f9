/** Texts and keys that tray, window and headless output share, so that they can never disagree. */
import { addressScope } from "./address-scope.ts";
import type { ExposureRef } from "./contract.ts";
import { warningText } from "./services/warnings.ts";
import { describeSources } from "./sources.ts";
import type {
  Endpoint,
  Exposure,
  Gateway,
  MappingProtocol,
  Problem,
  RecognisedServer,
  Server,
  ServerDetails,
  Snapshot,
  Transport,
} from "./snapshot.ts";

/** What names an Exposure. */
interface ExposurePort {
  readonly transport: Transport;
  readonly internalPort: number;
  readonly host?: string | undefined;
}

/**
 * `tcp/8080`: the key of an Exposure and of a Server's port; `tcp/80@192.168.1.20` of one on another device.
 */
export function portKey(transport: Transport, port: number, host?: string): string {
  return host === undefined ? `${transport}/${port}` : `${transport}/${port}@${host}`;
}

export function exposureKey({ transport, internalPort, host }: ExposurePort): string {
  return portKey(transport, internalPort, host);
}

/** What commands name an Exposure by. */
export function refOf({ transport, internalPort, host }: Exposure): ExposureRef {
  return { transport, internalPort, ...(host !== undefined && { host }) };
}

/** Keys of all ports that are exposed, those of a block each. */
export function exposedKeys(exposures: readonly Exposure[]): ReadonlySet<string> {
  return new Set(
    exposures.flatMap((exposure) => [
      exposureKey(exposure),
      ...(exposure.block ?? []).map(({ transport, internalPort }) =>
        portKey(transport, internalPort, exposure.host),
      ),
    ]),
  );
}

/** `203.0.113.7:8080`, `[2001:db8::1]:8080` (RFC 3986 §3.2.2). */
export function formatEndpoint(endpoint: Endpoint): string {
  const host = endpoint.address.includes(":") ? `[${endpoint.address}]` : endpoint.address;
  return `${host}:${endpoint.port}`;
}

/** The endpoint over IPv6, where it stands beside another one. */
export function otherWay({ endpoint, ipv6 }: Pick<Exposure, "endpoint" | "ipv6">): Endpoint | null {
  const other = ipv6?.endpoint ?? null;
  return other === null || other.address === endpoint?.address ? null : other;
}

/** Where it is reached on the server at `gateway`, else over IPv6, else the one that it is named by. */
export function endpointBy(
  exposure: Pick<Exposure, "endpoint" | "ipv6" | "further">,
  { gateway, ipv6 }: { readonly gateway?: string | undefined; readonly ipv6?: boolean | undefined },
): Endpoint | null {
  if (gateway !== undefined) {
    return exposure.further?.find((way) => way.gateway === gateway)?.endpoint ?? null;
  }
  return ipv6 === true ? otherWay(exposure) : exposure.endpoint;
}

/** `1:59:03`, `4:07`, `0:09`: time left for a ring or menu, never negative. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Seconds until the mapping ends, at `now` (milliseconds of the wall clock); null when there is none. */
export function secondsLeft(exposure: Pick<Exposure, "expiresAt">, now: number): number | null {
  return exposure.expiresAt === null
    ? null
    : Math.max(0, (Date.parse(exposure.expiresAt) - now) / 1000);
}

/** The state of an Exposure in words, for tray and window. */
export function describeState(exposure: Exposure): string {
  switch (exposure.state) {
    case "mapping":
      return "Asking the router…";
    case "mapped": {
      const visitors = describeSources(exposure.sources);
      const open = `Open on the router${visitors === null ? "" : ` for ${visitors}`}`;
      const barrier = barrierOf(exposure);
      if (barrier !== null) return `${open}, but ${describeBarrier(barrier)}`;
      return isSilent(exposure) ? `${open}, but no program listens yet` : open;
    }
    case "failed":
      return "Not open";
    case "withdrawing":
      return "Closing…";
    case "waiting":
      return "Waits for the server to start";
  }
}

/** What keeps visitors out although the router opened the port; that it had few numbers to give does not. */
export function barrierOf({ finding }: Pick<Exposure, "finding">): Problem | null {
  return finding?.code === "limited-ports" ? null : finding;
}

/** What it comes to, in a few words: `not reachable`. */
export function describeBarrier({ code }: Problem): string {
  // A router with two lines may send by one and be reached by the other.
  return code === "address-differs" ? "most likely not reachable" : "not reachable";
}

const protocolNames: Record<MappingProtocol, string> = {
  pcp: "PCP",
  "nat-pmp": "NAT-PMP",
  upnp: "UPnP",
};

export function protocolName(protocol: MappingProtocol): string {
  return protocolNames[protocol];
}

/** The program of a Server: the script, archive or container that really serves, else the process. */
export function serverName(server: Pick<Server, "process">): string {
  return server.process?.program?.name ?? server.process?.name ?? "Unknown program";
}

/** True where nothing listens on this PC; what another device does is not known. */
export function isSilent({ listening, host }: Pick<Exposure, "listening" | "host">): boolean {
  return host === undefined && !listening;
}

/** The Server of this PC that an Exposure leads to, if one listens that is known by its program or service. */
export function exposedServer(
  exposure: ExposurePort,
  servers: readonly RecognisedServer[],
): RecognisedServer | undefined {
  if (exposure.host !== undefined) return undefined;
  return servers.find(
    ({ transport, port, process, service }) =>
      transport === exposure.transport &&
      port === exposure.internalPort &&
      (process !== null || service !== null),
  );
}

/** The title of the server that listens on an Exposure's port, else `Port 8080`. */
export function exposureTitle(
  exposure: ExposurePort,
  servers: readonly RecognisedServer[],
): string {
  const { internalPort, host } = exposure;
  if (host !== undefined) return `Port ${internalPort} of ${host}`;
  return exposedServer(exposure, servers)?.title ?? `Port ${internalPort}`;
}

/**
 * What a running server told of itself: `“My world” · 3 of 20 players · 1.21.8`; null when nothing. Its name is left
 * out where it is the `title` that stands above. Who talks on a port whose `role` is voice does not play.
 */
export function describeDetails(
  { name, players, maxPlayers, version }: ServerDetails,
  title: string,
  role: string | null = null,
): string | null {
  const [one, many] = /^voice\b/.test(role ?? "") ? ["person", "people"] : ["player", "players"];
  const of = maxPlayers === null ? "" : ` of ${maxPlayers}`;
  const who = players === 1 && of === "" ? one : many;
  const parts = [
    ...(name === null || name === title ? [] : [`“${name}”`]),
    ...(players === null ? [] : [`${players}${of} ${who}`]),
    ...(version === null ? [] : [version]),
  ];
  return parts.length === 0 ? null : parts.join(" · ");
}

/** True where exposing needs a second, deliberate yes; the reasons are the Server's warnings. */
export function needsSecondYes(server: Pick<RecognisedServer, "warnings">): boolean {
  return server.warnings.some((name) => warningText(name).level === "refuse");
}

/** Who can reach a Server before anything is exposed, in words. */
export function describeScope(server: Pick<Server, "scope" | "bind">): string {
  const on = server.bind?.interfaces.join(", ") ?? "";
  const through = on === "" ? "" : ` (${on})`;
  switch (server.bind?.kind) {
    case "loopback":
      return "Only this PC";
    case "link-local":
      return `Only one network segment${through}`;
    case "vpn":
      return `Only members of a VPN${through}`;
    case "interface":
      return `Devices on your network${through}`;
    case "all":
    case undefined:
      return server.scope === "loopback" ? "Only this PC" : "Your whole network";
  }
}

/** True in the demo network, whose gateway is this PC itself. */
export function isDemoNetwork(gateways: readonly Pick<Gateway, "address">[]): boolean {
  const [gateway] = gateways;
  return gateway !== undefined && addressScope(gateway.address) === "loopback";
}

/**
 * Why a port opened on the gateway could not lead to this Server, in words; null when it can. A gateway forwards
 * to this PC's network address, where a program bound to loopback or a link-local address does not listen.
 */
export function exposeObstacle(
  server: Pick<Server, "scope" | "bind">,
  gateways: readonly Pick<Gateway, "address">[],
): string | null {
  const kind = server.bind?.kind;
  if (kind === "link-local") {
    return "The router cannot reach a link-local address. Let it listen on all addresses (0.0.0.0).";
  }
  if (server.scope !== "loopback" && kind !== "loopback") return null;
  if (isDemoNetwork(gateways)) return null;
  return "The router cannot reach it. Let it listen on all addresses (0.0.0.0).";
}

/** The gateway in one line: `Router 192.168.1.1 · PCP · internet address 52.3.4.5`. */
export function describeGateway({
  gateways,
  revision,
}: Pick<Snapshot, "gateways" | "revision">): string {
  const [gateway] = gateways;
  if (gateway === undefined) {
    return revision === 0
      ? "Looking for the router…"
      : "No router found. Check the network cable or Wi-Fi.";
  }
  switch (gateway.state) {
    case "probing":
      return `Asking the router ${gateway.address}…`;
    case "silent":
      return `The router ${gateway.address} does not answer. Switch on PCP, NAT-PMP or UPnP in its settings.`;
    case "answering": {
      const demo = isDemoNetwork(gateways);
      const protocols = gateway.protocols.map(protocolName).join(", ");
      const { externalAddress } = gateway;
      return [
        `${demo ? "Demo router" : "Router"} ${gateway.address}`,
        ...(protocols === "" ? [] : [protocols]),
        ...(externalAddress === null
          ? []
          : [`${demo ? "outside" : "internet"} address ${externalAddress}`]),
      ].join(" · ");
    }
  }
}
