/** Entries of a gateway's port mapping table, as its actions tell them (WANIPConnection:2 §2.3 and §2.5). */
import type { Transport } from "../../../../../shared/snapshot.ts";
import type { SoapArguments } from "../device/soap.ts";
import { childText, descendant, parseXml } from "../device/xml.ts";

/** One entry of the gateway's port mapping table. */
export interface PortEntry {
  readonly transport: Transport;
  readonly externalPort: number;
  /** The only visitor that is let in; empty for everybody, and where the gateway does not tell. */
  readonly remoteHost: string;
  readonly internalClient: string;
  readonly internalPort: number;
  readonly enabled: boolean;
  readonly description: string;
  /** Seconds left; 0 lasts until it is deleted. Null where the gateway does not tell. */
  readonly lease: number | null;
}

/** Faults that mean "there is no such entry" (WANIPConnection:2 §2.5.14 and §2.5.15). */
export const absentCodes: ReadonlySet<number> = new Set([713, 714]);

/**
 * For everybody RemoteHost is empty, not a wildcard's name (https://github.com/flyte/upnpclient/issues/14); TCP and UDP
 * in capitals.
 */
export function keyArguments(
  transport: Transport,
  externalPort: number,
  remoteHost: string,
): SoapArguments {
  return [
    ["NewRemoteHost", remoteHost],
    ["NewExternalPort", externalPort],
    ["NewProtocol", transport.toUpperCase()],
  ];
}

/** Null when the answer is no entry; what was asked for by key need not be repeated in it. */
export function readEntry(
  values: Readonly<Record<string, string>>,
  askedTransport: Transport | null = null,
  askedPort: number | null = null,
  askedHost: string | null = null,
): PortEntry | null {
  const transport = askedTransport ?? transportOf(values["NewProtocol"]);
  const externalPort = askedPort ?? readPort(values["NewExternalPort"]);
  const internalClient = values["NewInternalClient"];
  const internalPort = readPort(values["NewInternalPort"]);
  if (transport === null || externalPort === null || internalClient === undefined) return null;
  if (internalPort === null && internalClient !== "") return null;
  const lease = values["NewLeaseDuration"] ?? "";
  return {
    transport,
    externalPort,
    remoteHost: askedHost ?? readRemoteHost(values["NewRemoteHost"]),
    internalClient,
    internalPort: internalPort ?? 0,
    enabled: !/^(?:0|false|no)$/i.test(values["NewEnabled"] ?? "1"),
    description: values["NewPortMappingDescription"] ?? "",
    lease: /^\d{1,10}$/.test(lease) ? Number(lease) : null,
  };
}

/** The entries of a PortMappingList (WANIPConnection:2 §2.3.26), what is none left out. Null when it is no such list. */
export function readPortListing(listing: string): readonly PortEntry[] | null {
  const parsed = parseXml(listing);
  if (parsed.kind === "invalid") return null;
  const list = descendant(parsed.root, "PortMappingList");
  if (list === null) return null;
  return list.children.flatMap((element) => {
    if (element.name !== "PortMappingEntry") return [];
    const told = (name: string): string => childText(element, name);
    const entry = readEntry({
      NewProtocol: told("NewProtocol"),
      NewRemoteHost: told("NewRemoteHost"),
      NewExternalPort: told("NewExternalPort"),
      NewInternalClient: told("NewInternalClient"),
      NewInternalPort: told("NewInternalPort"),
      NewEnabled: told("NewEnabled"),
      NewPortMappingDescription: told("NewDescription"),
      NewLeaseDuration: told("NewLeaseTime"),
    });
    return entry === null ? [] : [entry];
  });
}

/** Everybody has several spellings. */
function readRemoteHost(told = ""): string {
  const text = told.trim();
  return text === "*" || text === "0.0.0.0" ? "" : text;
}

export function readPort(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : null;
}

function transportOf(protocol: string | undefined): Transport | null {
  const lower = protocol?.toLowerCase();
  return lower === "tcp" || lower === "udp" ? lower : null;
}
