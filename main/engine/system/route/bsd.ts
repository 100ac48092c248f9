/** Routes as macOS prints them: `netstat -rn -f inet` and `-f inet6`. */
import ipaddr from "ipaddr.js";
import type { TableRoute } from "./default-routes.ts";

/** More than a table has lines. */
const AFTER_ALL = 1_000_000;
/** Where the interface stands; up to macOS 10.14 behind two columns more, Refs and Use. */
const NETIF = 3;

/**
 * In the order of the system, which is its preference. A gateway that is no address (`link#18`, an interface's name)
 * is none: the route leads into a tunnel or onto the link. What is bound to one interface's own traffic (flag I)
 * comes last: so stands the router of a network that is not the preferred one, as while a VPN is.
 */
export function parseNetstatRoutes(text: string, family: 4 | 6): TableRoute[] {
  let column = NETIF;
  return text.split("\n").flatMap((line, index): TableRoute[] => {
    const words = line.trim().split(/\s+/);
    if (words[0] === "Destination")
      column = words.includes("Netif") ? words.indexOf("Netif") : NETIF;
    const [to = "", via = "", flags = ""] = words;
    const name = words[column] ?? "";
    const destination = destinationOf(to, family);
    // U: up; R and B: rejects.
    if (destination === null || !/^\w*U\w*$/.test(flags) || /[RB]/.test(flags)) return [];
    if (!/^[\w.-]{1,40}$/.test(name)) return [];
    const gateway = gatewayOf(via, family, name);
    const bound = flags.includes("I");
    // Every Mac has such of tunnels that carry nothing of the user's.
    if (bound && gateway === null) return [];
    const metric = bound ? index + AFTER_ALL : index;
    return [{ family, destination, gateway, interface: name, metric }];
  });
}

/** Its own short forms: `default`, `128.0/1`, `0/1`, `2000::/3`, and an address alone for a host. */
function destinationOf(text: string, family: 4 | 6): string | null {
  if (text === "default") return family === 4 ? "0.0.0.0/0" : "::/0";
  const [address = "", length] = text.split("/");
  if (length === undefined || !/^\d{1,3}$/.test(length)) return null;
  if (family === 6) {
    const bare = address.replace(/%.*$/, "");
    return ipaddr.IPv6.isValid(bare) && Number(length) <= 128
      ? `${ipaddr.IPv6.parse(bare).toString()}/${Number(length)}`
      : null;
  }
  if (!/^\d{1,3}(\.\d{1,3}){0,3}$/.test(address) || Number(length) > 32) return null;
  const full = [...address.split("."), "0", "0", "0"].slice(0, 4).join(".");
  return ipaddr.IPv4.isValid(full)
    ? `${ipaddr.IPv4.parse(full).toString()}/${Number(length)}`
    : null;
}

function gatewayOf(text: string, family: 4 | 6, name: string): string | null {
  if (family === 4) return ipaddr.IPv4.isValidFourPartDecimal(text) ? text : null;
  const [address = "", zone = name] = text.split("%");
  if (!ipaddr.IPv6.isValid(address) || !/^[\w.-]{1,40}$/.test(zone)) return null;
  const parsed = ipaddr.IPv6.parse(address);
  const shortest = parsed.toString();
  // "fe80::%utun0": the link itself, of a tunnel; there is nobody with that address.
  if (/^(fe80)?::$/.test(shortest)) return null;
  return parsed.range() === "linkLocal" ? `${shortest}%${zone}` : shortest;
}
