/** The ways in of this PC; on each one gateway is in use. */
import { z } from "zod";

/** Those of the servers beside the first of their family (RFC 7488 §4), in the order in which they are named. */
export const furtherLayers = ["ipv4-2", "ipv4-3", "ipv4-4", "ipv6-2", "ipv6-3", "ipv6-4"] as const;
export type FurtherLayer = (typeof furtherLayers)[number];

/** The router's NAT, its IPv6 firewall, the NAT of the router before it, or a further server. */
export const layerSchema = z.enum(["ipv4", "ipv6", "upstream", ...furtherLayers]);
export type Layer = z.infer<typeof layerSchema>;

export const layers = layerSchema.options;

/** Those whose gateway is asked for this PC's own ports. */
export const innerLayers = layers.filter((layer) => layer !== "upstream");

/** Whose visitors come by it. */
export function familyOf(layer: Layer): 4 | 6 {
  return layer.startsWith("ipv6") ? 6 : 4;
}

export function isFurther(layer: Layer): layer is FurtherLayer {
  return furtherLayers.some((further) => further === layer);
}
