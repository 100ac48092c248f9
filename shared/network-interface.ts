/** This PC's connections to the internet, and the words for them. */

/** What an interface is, as far as its type or name tells. */
export type InterfaceKind =
  | "ethernet"
  | "wifi"
  | "mobile"
  /** Leads into a tunnel, wherever that ends. */
  | "vpn"
  /** Of virtual machines and containers. */
  | "virtual"
  | "other";

/** An interface with a default route. */
export interface NetworkInterface {
  readonly name: string;
  readonly kind: InterfaceKind;
  /** This PC's address there; null where it has none of a family that we use. */
  readonly address: string | null;
  /** The router's; null where there is none, as in a tunnel. */
  readonly gateway: string | null;
  /** Its router is the one that is asked to open ports. */
  readonly inUse: boolean;
}

const kinds: Readonly<Record<InterfaceKind, string>> = {
  ethernet: "Cable",
  wifi: "Wi-Fi",
  mobile: "Mobile network",
  vpn: "VPN",
  virtual: "Virtual network",
  other: "Network",
};

/** E.g. `Wi-Fi (wlan0), 192.168.1.23`; not twice the same where the system's name says it already. */
export function describeInterface({ name, kind, address }: NetworkInterface): string {
  const word = kinds[kind];
  const named = name.toLowerCase() === word.toLowerCase() ? name : `${word} (${name})`;
  return address === null ? named : `${named}, ${address}`;
}

/**
 * What to tell while a VPN carries this PC's traffic and ports are opened beside it; null while none does. `interfaces`
 * stand with the system's preferred one first.
 */
export function vpnWarning(interfaces: readonly NetworkInterface[]): string | null {
  const [preferred] = interfaces;
  const used = interfaces.find(({ inUse }) => inUse);
  if (preferred?.kind !== "vpn" || used === undefined || used.kind === "vpn") return null;
  return (
    `A VPN is on (${preferred.name}). Ports are opened on your own router, but this PC may answer visitors through ` +
    "the VPN, and then they cannot connect. Switch the VPN off or let it leave out your servers."
  );
}
