/** Which other devices an exposure may lead to: those of a network that this PC is in itself. */
import ipaddr from "ipaddr.js";
import type { Refusal } from "../../../shared/contract.ts";
import type { LocalAddress } from "../environment.ts";
import { isOnLink } from "../addresses.ts";

/** What speaks against opening a port of `host`; null when nothing does, or when it is this PC. */
export function refusalOfHost(
  host: string | undefined,
  own: readonly LocalAddress[],
  gateways: readonly string[],
): Refusal | null {
  if (host === undefined) return null;
  if (own.some(({ address }) => address === host)) {
    return { code: "own-address", message: `${host} is this PC itself: leave the address out.` };
  }
  // Behind the router's own address is its administration.
  if (gateways.includes(host)) {
    return { code: "router-address", message: `${host} is the router itself, which stays closed.` };
  }
  const lans = own.filter(({ address }) => ipaddr.parse(address).range() !== "loopback");
  if (isOnLink(host, lans)) return null;
  return { code: "not-in-network", message: `${host} is no device of this PC's own network.` };
}
