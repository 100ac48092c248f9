/** Which URLs of a device we are ready to talk to: http, an IP literal on our own link, nothing else. */
import ipaddr from "ipaddr.js";
import { isOnLink, sameAddress } from "../../../addresses.ts";
import type { LocalAddress } from "../../../environment.ts";

const MAX_URL = 1024;

export interface DeviceUrl {
  /** Without user, fragment or default spelling tricks: as it will be requested. */
  readonly href: string;
  /** IP literal; without brackets or zone. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `url`, relative ones against `base`. Null unless it is http, has an IP literal as its host (a name could
 * lead anywhere) and no user in it. IPv6 zones are refused: they mean nothing outside the sender
 * (https://github.com/home-assistant/core/issues/71418).
 */
export function readDeviceUrl(url: string, base?: string): DeviceUrl | null {
  if (url.length > MAX_URL) return null;
  const parsed = parseUrl(url, base);
  if (parsed === null || parsed.protocol !== "http:") return null;
  if (parsed.username !== "" || parsed.password !== "") return null;
  const host = parsed.hostname.replaceAll(/^\[|\]$/g, "");
  if (!ipaddr.isValid(host)) return null;
  parsed.hash = "";
  return { href: parsed.href, host, port: parsed.port === "" ? 80 : Number(parsed.port) };
}

/**
 * True when the description at `url`, told by a reply from `from`, is the gateway's own: on its own address, whoever of
 * this link answered (routers answer from any of theirs). A Location on another host is nobody's to give: any device
 * of the link can send a reply under the gateway's address, and would then be asked to open ports in its place. Where
 * two routers share one address (CARP, https://github.com/tailscale/tailscale/issues/5502) the member's own address
 * can be set by hand.
 */
export function isGatewaysOwn(
  url: DeviceUrl,
  from: string,
  gateway: string,
  links: readonly LocalAddress[],
): boolean {
  if (!sameAddress(url.host, gateway)) return false;
  return isOnLink(from, links) || sameAddress(from, gateway);
}

function parseUrl(url: string, base?: string): URL | null {
  try {
    return new URL(url, base);
  } catch {
    return null;
  }
}
