/** Device descriptions (UPnP Device Architecture 1.1 §2.3) as far as a gateway needs them. */
import { deviceWords } from "./device-words.ts";
import { readDeviceUrl } from "./location.ts";
import { child, childText, descendant, parseXml, type XmlElement } from "./xml.ts";

type ServiceKind = "ip" | "ppp" | "firewall";

/** One service of the gateway that maps ports or lets them through. */
export interface IgdService {
  readonly kind: ServiceKind;
  readonly version: number;
  /** As the device spells it; actions are asked for under this name. */
  readonly type: string;
  /** On the host that told the description, wherever the document would have it. */
  readonly controlUrl: string;
  /** Where events are subscribed to, on the same host; null where there are none. */
  readonly eventUrl: string | null;
  /** Where it tells its actions and the values they take, on the same host; null where it does not. */
  readonly scpdUrl: string | null;
}

export interface IgdDescription {
  /** Manufacturer and model in the device's own words, for logs. */
  readonly model: string;
  /** In the order of the document. */
  readonly services: readonly IgdService[];
}

export const mapsPorts: readonly ServiceKind[] = ["ip", "ppp"];

const MAX_SERVICES = 16;
const MAX_MODEL = 128;

// dslforum: Huawei HG531, https://github.com/tailscale/tailscale/issues/10911
const serviceType =
  /^urn:(?:schemas-upnp-org|dslforum-org|schemas-dslforum-org):service:(WANIPConnection|WANPPPConnection|WANIPv6FirewallControl):(\d{1,2})$/i;

const kinds: Readonly<Record<string, ServiceKind>> = {
  wanipconnection: "ip",
  wanpppconnection: "ppp",
  wanipv6firewallcontrol: "firewall",
};

/**
 * Reads the description that was fetched from `location`. Null when it is no XML, or has no service of `wanted`.
 * The device's type does not matter: some call the gateway by another name but have the services
 * (https://github.com/miniupnp/miniupnp/issues/832).
 */
export function parseDescription(
  body: string,
  location: string,
  wanted: readonly ServiceKind[] = mapsPorts,
): IgdDescription | null {
  const parsed = parseXml(body);
  if (parsed.kind === "invalid") return null;
  const device = descendant(parsed.root, "device");
  if (device === null) return null;
  const all: IgdService[] = [];
  collect(device, baseOf(parsed.root, location), location, all);
  const services = all.filter(({ kind }) => wanted.includes(kind));
  if (services.length === 0) return null;
  const model = [childText(device, "manufacturer"), childText(device, "modelName")].join(" ");
  return { model: deviceWords(model, MAX_MODEL), services };
}

/** A device may move its base, but only within its own host: the description decides nothing about hosts. */
function baseOf(root: XmlElement, location: string): string {
  const told = childText(root, "URLBase");
  const base = told === "" ? null : readDeviceUrl(told, location);
  return base !== null && base.host === readDeviceUrl(location)?.host ? base.href : location;
}

function collect(device: XmlElement, base: string, location: string, into: IgdService[]): void {
  for (const service of child(device, "serviceList")?.children ?? []) {
    const type = childText(service, "serviceType");
    const match = serviceType.exec(type);
    const kind = kinds[match?.[1]?.toLowerCase() ?? ""];
    if (kind === undefined || into.length >= MAX_SERVICES) continue;
    const host = readDeviceUrl(location)?.host;
    const place = (name: string): string | null => {
      const told = childText(service, name);
      const url = told === "" ? null : readDeviceUrl(told, base);
      return url !== null && url.host === host ? url.href : null;
    };
    const controlUrl = place("controlURL");
    if (controlUrl === null) continue;
    const [eventUrl, scpdUrl] = [place("eventSubURL"), place("SCPDURL")];
    into.push({ kind, version: Number(match?.[2]), type, controlUrl, eventUrl, scpdUrl });
  }
  for (const inner of child(device, "deviceList")?.children ?? []) {
    collect(inner, base, location, into);
  }
}
