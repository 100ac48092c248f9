/**
 * Routes as Windows prints them: `route print`. Read by its figures alone, since the words around them are in the
 * language of the system.
 */
import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import type { TableRoute } from "./default-routes.ts";

/** One address of an interface, as Node tells them. */
export interface WindowsAddress {
  readonly interface: string;
  readonly address: string;
  /** The interface's index, with link-local IPv6 addresses; 0 with others. */
  readonly scope: number;
  readonly mac: string;
}

/** A line of the list of interfaces. */
export interface WindowsInterface {
  readonly index: number;
  /** As Node writes it; null for what has none, as tunnels. */
  readonly mac: string | null;
  /** The driver's words. */
  readonly description: string;
}

/** IPv4 names an interface by an address of ours, IPv6 by its index; `addresses` turns both into its name. */
export function parseRoutePrint(text: string, addresses: readonly WindowsAddress[]): TableRoute[] {
  return text.split(/\r?\n/).flatMap((line): TableRoute[] => {
    const words = line.trim().split(/\s+/);
    return row4(words, addresses) ?? row6(words, addresses) ?? [];
  });
}

/** The list of interfaces at the top: ` 11...a0 36 9f 11 22 33 ......Intel(R) Ethernet`. */
export function parseInterfaceList(text: string): WindowsInterface[] {
  return text.split(/\r?\n/).flatMap((line): WindowsInterface[] => {
    const row = /^\s*(\d{1,6})\.{3}((?:[0-9a-f]{2} ){5}[0-9a-f]{2} )?\.{3,}([^\s.].{0,200})$/i.exec(
      line,
    );
    if (row === null) return [];
    const [, index = "", mac, description = ""] = row;
    return [
      {
        index: Number(index),
        mac: mac === undefined ? null : mac.trim().replaceAll(" ", ":").toLowerCase(),
        description: description.trim(),
      },
    ];
  });
}

/** Destination, mask, gateway or words, address of ours, metric. A persistent route has no address of ours. */
function row4(words: readonly string[], addresses: readonly WindowsAddress[]): TableRoute[] | null {
  const [destination = "", mask = "", ...rest] = words;
  const [local = "", metric = ""] = rest.splice(-2);
  const length = isAddress4(mask) ? ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask() : null;
  if (!isAddress4(destination) || length === null || rest.length === 0) return null;
  if (!isAddress4(local) || !/^\d{1,9}$/.test(metric)) return null;
  const [gateway = ""] = rest;
  return [
    {
      family: 4,
      destination: `${destination}/${length}`,
      gateway: isAddress4(gateway) ? gateway : null,
      interface: addresses.find(({ address }) => address === local)?.interface ?? local,
      metric: Number(metric),
    },
  ];
}

/** Index, metric, destination, gateway or words; a long destination leaves the gateway to the next line. */
function row6(words: readonly string[], addresses: readonly WindowsAddress[]): TableRoute[] | null {
  const [index = "", metric = "", destination = "", gateway = ""] = words;
  const [prefix = "", length = ""] = destination.split("/");
  if (!/^[1-9]\d{0,5}$/.test(index) || !/^\d{1,9}$/.test(metric)) return null;
  if (!ipaddr.IPv6.isValid(prefix) || !isLength6(length) || gateway === "") return null;
  const via = ipaddr.IPv6.isValid(gateway) ? ipaddr.IPv6.parse(gateway.replace(/%.*$/, "")) : null;
  const zone = via?.range() === "linkLocal" ? `%${index}` : "";
  const own = addresses.find(({ scope }) => scope === Number(index));
  return [
    {
      family: 6,
      destination: `${ipaddr.IPv6.parse(prefix).toString()}/${Number(length)}`,
      gateway: via === null ? null : via.toString() + zone,
      interface: own?.interface ?? index,
      metric: Number(metric),
    },
  ];
}

/** Asked of each line, most of which have none: the library would throw and catch an error for each. */
function isAddress4(text: string): boolean {
  return isIPv4(text);
}

function isLength6(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= 128;
}
