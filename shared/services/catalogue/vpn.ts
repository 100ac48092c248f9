/** Virtual private networks. */
import type { ServiceEntry } from "../schema.ts";

export const vpn: readonly ServiceEntry[] = [
  {
    id: "wireguard",
    name: "WireGuard",
    category: "vpn",
    clues: [{ process: ["wireguard", "wireguard-go", "wg-quick"] }],
    ports: [{ role: "vpn", port: 51820, transport: "udp", need: "required" }],
    sameExternalPort: "free",
    hints: ["Silent to strangers: it cannot be tested from outside without a key."],
  },

  {
    id: "openvpn",
    name: "OpenVPN",
    category: "vpn",
    clues: [{ process: ["openvpn"] }],
    ports: [
      { role: "vpn", port: 1194, transport: "udp", need: "required" },
      { role: "vpn-tcp", port: 1194, transport: "tcp", need: "optional" },
    ],
    sameExternalPort: "free",
  },
  {
    id: "tailscale",
    name: "Tailscale",
    category: "vpn",
    clues: [{ process: ["tailscaled"] }],
    ports: [{ role: "vpn", port: 41641, transport: "udp", need: "optional" }],
    sameExternalPort: "free",
    relay: "Tailscale finds its way without any open port.",
    warnings: ["maps-itself"],
  },
];
