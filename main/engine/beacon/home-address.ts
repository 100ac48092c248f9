/** Where Homeport is announced: in the network of a router alone, not in a VPN, nor in a network of containers. */
import { isOnLink } from "../addresses.ts";
import type { LocalAddress } from "../environment.ts";

/** Our IPv4 address there; null where none of `routers` is near. */
export function homeAddress(
  own: readonly LocalAddress[],
  routers: readonly string[],
): string | null {
  const home = own.find(
    (one) => one.family === 4 && routers.some((router) => isOnLink(router, [one])),
  );
  return home?.address ?? null;
}
