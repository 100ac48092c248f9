/** From a gateway's address to the service that maps ports on it. */
import type { Environment, Lan, LocalAddress } from "../../../environment.ts";
import { sameAddress } from "../../../addresses.ts";
import type { GatewayRef } from "../../port-mapper.ts";
import type { ProbePace } from "../../probe-pace.ts";
import { IgdControl, type IgdControlOptions } from "./control.ts";
import { type IgdService, mapsPorts } from "../device/description.ts";
import { fetchDescription } from "../device/device-document.ts";
import type { DeviceUrl } from "../device/location.ts";
import type { Quirks } from "./quirks.ts";
import { isOrdinary, search, type SearchOptions, type SearchWay } from "../device/search.ts";
import { SSDP_PORT } from "../device/ssdp.ts";

export interface DiscoveryOptions {
  readonly environment: Environment;
  readonly lan: Lan;
  readonly gateway: GatewayRef;
  /** The gateway's, whatever is found of it. */
  readonly quirks: Quirks;
  readonly pace: ProbePace;
}

/** Services of one device that are asked whether they are connected. */
const MAX_ASKED = 4;

/**
 * Searches, fetches descriptions and picks the service, all at once. Null when nothing that could map ports
 * answered. Rejects with the signal's reason, or with the system's error when it has no way to the gateway.
 */
export async function discover(
  options: DiscoveryOptions,
  signal: AbortSignal,
): Promise<IgdControl | null> {
  const { environment, lan, gateway, pace, quirks } = options;
  const localAddress = await addressTowards(environment, gateway);
  signal.throwIfAborted();
  const enough = new AbortController();
  const both = AbortSignal.any([signal, enough.signal]);
  try {
    return await new Promise<IgdControl | null>((resolve, reject) => {
      const { clock } = environment;
      let fetching = 0;
      let searching = true;
      const look = (): void => {
        if (!searching && fetching === 0) resolve(null);
      };
      const consider = async (url: DeviceUrl, way: SearchWay | null): Promise<void> => {
        fetching += 1;
        try {
          const control = await examine(options, localAddress, url, both);
          if (control !== null) {
            if (way !== null && !both.aborted) rememberWay(quirks, way);
            resolve(control);
          }
        } catch (error) {
          if (!both.aborted) environment.log.debug("upnp description", { error: String(error) });
        }
        fetching -= 1;
        look();
      };
      const searchAll = async (): Promise<void> => {
        const onCandidate: SearchOptions["onCandidate"] = (...found) => void consider(...found);
        const links = linksOf(lan, localAddress);
        // Behind another router nobody else of its network hears us, nor are we to hear them.
        const alone = gateway.clientAddress !== undefined;
        const { address } = gateway;
        await search(
          {
            clock,
            pace,
            lan,
            gateway: address,
            localAddress,
            links,
            alone,
            known: quirks.known.search,
            onCandidate,
          },
          both,
        );
        searching = false;
        look();
      };
      signal.addEventListener("abort", () => reject(signal.reason as Error), {
        signal: enough.signal,
      });
      searchAll().catch(reject);
    });
  } finally {
    enough.abort();
  }
}

/** What answers no ordinary search is asked in its own way the next time. */
function rememberWay(quirks: Quirks, way: SearchWay): void {
  if (!isOrdinary(way)) quirks.learn({ search: way });
  else if (quirks.known.search !== undefined) quirks.learn({ search: undefined });
}

/** Our address on the way to `gateway`, as the system's routes have it: never that of a VPN or a virtual switch. */
async function addressTowards(
  environment: Environment,
  { address: gateway, localAddress }: GatewayRef,
): Promise<string> {
  const peer = { address: gateway, port: SSDP_PORT };
  const socket = await environment.network.connectUdp(peer, localAddress);
  const { address } = socket.local;
  socket.close();
  return address;
}

function linksOf(lan: Lan, localAddress: string): readonly LocalAddress[] {
  const all = lan.localAddresses().filter((local) => local.family === 4);
  const own = all.find((local) => sameAddress(local.address, localAddress));
  if (own === undefined) return [];
  return all.filter((local) => local.interface === own.interface);
}

async function examine(
  { environment, lan, gateway, quirks }: DiscoveryOptions,
  localAddress: string,
  url: DeviceUrl,
  signal: AbortSignal,
): Promise<IgdControl | null> {
  const { log } = environment;
  const place = { url: url.href, localAddress };
  const description = await fetchDescription({ lan, log }, place, mapsPorts, signal);
  if (description === null) return null;
  const { model, services } = description;
  const own = description.localAddress;
  const { clientAddress: internalClient = own } = gateway;
  const common = { lan, quirks, localAddress: own, internalClient };
  const control = await choose(services, common, signal);
  log.info("upnp gateway", { model, url: url.href, service: control.service.type });
  return control;
}

/**
 * The service that is connected; several stand in one description where a router has several WAN ports, or both
 * IP and PPP (https://github.com/tailscale/tailscale/issues/8364). With none connected, the first one.
 */
async function choose(
  services: readonly IgdService[],
  common: Omit<IgdControlOptions, "service">,
  signal: AbortSignal,
): Promise<IgdControl> {
  const controls = services
    .toSorted((a, b) => b.version - a.version)
    .slice(0, MAX_ASKED)
    .map((service) => new IgdControl({ ...common, service }));
  const [first, ...others] = controls;
  if (first === undefined) throw new Error("a description without services");
  if (others.length === 0) return first;
  // One after the other: small daemons take one connection at a time.
  let fallback: IgdControl | null = null;
  for (const control of controls) {
    const connected = await control.connected(signal);
    if (connected === true) return control;
    if (connected === null) fallback ??= control;
  }
  return fallback ?? first;
}
