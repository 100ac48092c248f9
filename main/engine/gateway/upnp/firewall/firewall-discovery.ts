/**
 * From a router's link-local address to its IPv6 firewall. Only the router itself is asked, by unicast: it is known,
 * and whoever else hears a multicast could answer in its place.
 */
import ipaddr from "ipaddr.js";
import type { Cancel, Clock, Environment, Lan } from "../../../environment.ts";
import type { ProbePace } from "../../probe-pace.ts";
import { sameAddress } from "../../../addresses.ts";
import type { GatewayRef } from "../../port-mapper.ts";
import { fetchDescription } from "../device/device-document.ts";
import { FirewallControl } from "./firewall-control.ts";
import { type DeviceUrl, readDeviceUrl } from "../device/location.ts";
import { searchTurn } from "../device/search-turn.ts";
import { decodeSearchAnswer, encodeSearch, SSDP_PORT, searchTargets } from "../device/ssdp.ts";

/** Milliseconds: after the first searches over IPv4, for an IPv4 mapping is waited for. */
const narrow = [
  { at: 350, target: searchTargets.firewall },
  { at: 550, target: searchTargets.igd2 },
] as const;
/** The same, since it went wide. */
const wide = [{ at: 0, target: searchTargets.firewall }] as const;
const SEARCH_ENDS = 2800;
const MAX_ANSWERS = 50;
/** Bits of a network of a home (RFC 4291 §2.5.4). */
const PREFIX = 64;

export interface FirewallDiscoveryOptions {
  readonly environment: Environment;
  readonly lan: Lan;
  /** With a link-local address and zone, and the address of ours that is to be opened. */
  readonly gateway: GatewayRef;
  readonly pace: ProbePace;
}

/**
 * Null when the router answered nothing of use. Rejects with the signal's reason, or with the system's error when it
 * cannot send.
 */
export async function discoverFirewall(
  { environment, lan, gateway, pace }: FirewallDiscoveryOptions,
  signal: AbortSignal,
): Promise<FirewallControl | null> {
  const { localAddress } = gateway;
  if (localAddress === undefined) return null;
  const found = new Map<string, DeviceUrl>();
  const socket = await lan.openUdp({ address: localAddress });
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  try {
    return await new Promise<FirewallControl | null>((resolve, reject) => {
      let answers = 0;
      let last: Promise<void> = Promise.resolve();
      socket.onMessage((datagram, from) => {
        answers += 1;
        if (answers > MAX_ANSWERS) return;
        const url = locationIn(datagram, from.address, gateway.address, localAddress);
        if (url === null || found.has(url.href)) return;
        found.set(url.href, url);
        pace.heard();
        last = examine({ environment, lan, gateway, pace }, url, localAddress, both).then(
          (control) => {
            if (control !== null) resolve(control);
            return undefined;
          },
        );
        last.catch(reject);
      });
      // An ICMP error of one datagram says nothing about the others.
      socket.onError(() => undefined);
      const to = { address: gateway.address, port: SSDP_PORT };
      const host = `[${bare(gateway.address)}]:${SSDP_PORT}`;
      const take = (steps: typeof narrow | typeof wide): void => {
        for (const { at, target } of steps) {
          within(environment.clock, at, both, () => {
            if (found.size > 0) return;
            const turn = searchTurn(lan, environment.clock, 6);
            const send = (): void => {
              pace.sent();
              socket.sendTo(encodeSearch(target, host), to);
            };
            if (turn === 0) send();
            else within(environment.clock, turn, both, send);
          });
        }
      };
      take(narrow);
      const stay = pace.whenWide(() => take(wide));
      both.addEventListener("abort", stay, { once: true });
      within(
        environment.clock,
        SEARCH_ENDS,
        both,
        () => void last.then(() => resolve(null), reject),
      );
      if (signal.aborted) reject(signal.reason as Error);
      else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  } finally {
    over.abort();
    socket.close();
  }
}

/**
 * The description's place, if the answer is the router's and leads to itself: to the address it answered from, in our
 * own network, since routers answer from their global address what was asked of their link-local one.
 */
function locationIn(
  datagram: Uint8Array,
  from: string,
  gateway: string,
  localAddress: string,
): DeviceUrl | null {
  const answer = decodeSearchAnswer(datagram);
  const url = answer === null ? null : readDeviceUrl(answer.location);
  if (url === null || sameAddress(url.host, localAddress)) return null;
  const isRouter = sameAddress(bare(from), bare(gateway)) || isInNetwork(from, localAddress);
  return isRouter && isInNetwork(url.host, localAddress) && answersForItself(url, from, gateway)
    ? url
    : null;
}

function answersForItself({ host }: DeviceUrl, from: string, gateway: string): boolean {
  return sameAddress(host, from) || sameAddress(bare(from), bare(gateway));
}

async function examine(
  { environment, lan, gateway }: FirewallDiscoveryOptions,
  url: DeviceUrl,
  localAddress: string,
  signal: AbortSignal,
): Promise<FirewallControl | null> {
  const { log } = environment;
  const place = { url: url.href, localAddress };
  const description = await fetchDescription({ lan, log }, place, ["firewall"], signal);
  const [service] = description?.services ?? [];
  if (service === undefined) return null;
  // Only now the system knows whose address it is that answered.
  if (!(await isSameDevice(environment, url.host, gateway.address))) {
    log.info("upnp firewall of another device", { url: url.href });
    return null;
  }
  log.info("upnp firewall", { model: description?.model ?? "", url: url.href });
  return new FirewallControl(lan, service, localAddress);
}

/**
 * True when both addresses are of one network card: any host of the network can say that it is the router, and would be
 * asked to open ports in its place.
 */
async function isSameDevice(
  { network }: Environment,
  one: string,
  other: string,
): Promise<boolean> {
  const links = await Promise.all(
    [one, other].map((address) => network.linkAddress(address).catch(() => null)),
  );
  return links[0] !== null && links[0] === links[1];
}

function isInNetwork(address: string, localAddress: string): boolean {
  if (!ipaddr.IPv6.isValid(address) || !ipaddr.IPv6.isValid(localAddress)) return false;
  return ipaddr.IPv6.parse(address).match(ipaddr.IPv6.parse(localAddress), PREFIX);
}

/** Without its zone. */
function bare(address: string): string {
  return address.split("%", 1)[0] ?? "";
}

function within(clock: Clock, delay: number, signal: AbortSignal, task: () => void): void {
  const cancel: Cancel = clock.after(delay, task);
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
}
