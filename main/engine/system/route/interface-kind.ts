/** What an interface is, by what each system tells of it. */
import type { InterfaceKind } from "../../../../shared/network-interface.ts";
import type { WindowsInterface } from "./windows.ts";

/** What /sys/class/net/<name> shows. */
export interface LinuxInterface {
  /** ARPHRD_* of linux/if_arp.h. */
  readonly type: number;
  /** DEVTYPE of its `uevent`, e.g. `wlan`, `wireguard`, `bridge`. */
  readonly deviceType: string | null;
  /** Made by a program through /dev/net/tun. */
  readonly tun: boolean;
  readonly wireless: boolean;
}

/** ARPHRD_NONE, PPP, TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE. */
const tunnelTypes: ReadonlySet<number> = new Set([65_534, 512, 768, 769, 776, 778, 823]);
const virtualNames =
  /^(?:docker|br-[0-9a-f]{12}|virbr|veth|vnet|vmnet|vboxnet|lxc|lxd|cni|podman|flannel|cali|incus)/;

export function linuxKind(name: string, facts: LinuxInterface): InterfaceKind {
  const { type, deviceType, tun, wireless } = facts;
  if (deviceType === "wwan" || name.startsWith("wwan")) return "mobile";
  if (tun || tunnelTypes.has(type) || deviceType === "wireguard") return "vpn";
  if (virtualNames.test(name)) return "virtual";
  if (wireless || deviceType === "wlan") return "wifi";
  return type === 1 ? "ethernet" : "other";
}

const macNames: readonly (readonly [RegExp, InterfaceKind])[] = [
  [/^(?:utun|ppp|ipsec|tun|tap|gif|stf|wg)\d/, "vpn"],
  [/^(?:bridge1\d\d|vmnet|vmenet|vnic|feth|vboxnet)/, "virtual"],
  [/^pdp_ip\d/, "mobile"],
];

/** `ports` is what `networksetup -listallhardwareports` prints, for what the name does not tell. */
export function macKind(name: string, ports: string): InterfaceKind {
  const known = macNames.find(([pattern]) => pattern.test(name));
  if (known !== undefined) return known[1];
  const lines = ports.split("\n").map((line) => line.trim());
  const port = lines[lines.indexOf(`Device: ${name}`) - 1] ?? "";
  if (/wi-?fi|airport/i.test(port)) return "wifi";
  return /ethernet|lan|thunderbolt|usb/i.test(port) ? "ethernet" : "other";
}

/** In the words of drivers, which are English on every system. */
const windowsWords: readonly (readonly [RegExp, InterfaceKind])[] = [
  [
    /wireguard|wintun|tap-|openvpn|vpn|tunnel|tailscale|zerotier|nordlynx|anyconnect|fortinet|wan miniport|\bppp/i,
    "vpn",
  ],
  [/hyper-v|vethernet|vmware|virtualbox|docker|\bwsl\b|wi-fi direct/i, "virtual"],
  [/wi-?fi|wireless|wlan|802\.11/i, "wifi"],
  [/wwan|mobile broadband|cellular/i, "mobile"],
  [/ethernet|gbe|network connection|lan\b/i, "ethernet"],
];

/** `mac` is null or all zeros for an interface without a link layer: a tunnel. */
export function windowsKind(
  name: string,
  mac: string | null,
  list: readonly WindowsInterface[],
): InterfaceKind {
  const hasLink = mac !== null && mac !== "00:00:00:00:00:00";
  const description = hasLink ? list.find((entry) => entry.mac === mac)?.description : undefined;
  for (const text of [description ?? "", name]) {
    const known = windowsWords.find(([pattern]) => pattern.test(text));
    if (known !== undefined) return known[1];
  }
  return hasLink ? "other" : "vpn";
}
