/** Whom to ask in a double NAT: the router before our router, which nothing in this PC's own routes names. */
import ipaddr from "ipaddr.js";
import { addressScope } from "../../../shared/address-scope.ts";
import type { GatewayRef } from "./port-mapper.ts";

/**
 * Candidates, best first, from what our router calls its external address, and the router that the way to the internet
 * shows after it (`hop`, null where it does not); empty where the external address is public, or of no network at all.
 *
 * Each is safe to ask, since no datagram can reach a stranger on the internet:
 * - `hop`, and the first and the last address of our router's /24, where routers mostly stand, are asked only in private
 *   space (RFC 1918) or in the provider's shared space (RFC 6598), which is not routed on the internet;
 * - 192.0.0.9 is the anycast address that networks offer PCP at (RFC 7723), and is asked by PCP alone;
 * - 192.0.0.1 is the far end of a DS-Lite tunnel (RFC 6333 §5.7), and is asked by PCP alone.
 *
 * `clientAddress` is our router's address, to which the upper router is to lead: PCP names it in its requests
 * (RFC 6887 §8.1). A DS-Lite router does not translate, so there the upper one sees this PC itself.
 */
export function upperCandidates(
  externalAddress: string,
  hop: string | null,
): readonly GatewayRef[] {
  if (!ipaddr.IPv4.isValidFourPartDecimal(externalAddress)) return [];
  const scope = addressScope(externalAddress);
  if (scope === "ds-lite") {
    return [
      { address: "192.0.0.1", protocols: ["pcp"] },
      { address: "192.0.0.9", protocols: ["pcp"] },
    ];
  }
  if (!isUpperNetwork(externalAddress)) return [];
  const network = externalAddress.split(".").slice(0, 3).join(".");
  const routers = new Set([
    ...(hop !== null && isUpperNetwork(hop) ? [hop] : []),
    `${network}.1`,
    `${network}.254`,
  ]);
  routers.delete(externalAddress);
  return [
    ...[...routers].map((address) => ({ address, clientAddress: externalAddress })),
    { address: "192.0.0.9", clientAddress: externalAddress, protocols: ["pcp"] },
  ];
}

/** True in private space and in the provider's. */
function isUpperNetwork(address: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address)) return false;
  // "private" of ours comprises link-local: an address that a router gave itself because there was nobody to ask.
  return addressScope(address) === "shared" || ipaddr.IPv4.parse(address).range() === "private";
}
