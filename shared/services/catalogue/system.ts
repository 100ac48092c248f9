/** What the system itself runs; nothing of it belongs in the internet. */
import type { ServiceEntry } from "../schema.ts";

export const system: readonly ServiceEntry[] = [
  {
    id: "mdns",
    name: "Device discovery (mDNS)",
    category: "system",
    clues: [{ process: ["avahi-daemon", "mDNSResponder"] }],
    ports: [{ role: "discovery", port: 5353, transport: "udp", need: "never" }],
    sameExternalPort: "free",
    warnings: ["local-network-only"],
  },
  {
    id: "dns",
    name: "DNS resolver",
    category: "system",
    clues: [
      {
        process: [
          "systemd-resolved",
          "systemd-resolve",
          "dnsmasq",
          "named",
          "unbound",
          "pihole-FTL",
          "AdGuardHome",
        ],
      },
    ],
    ports: [
      { role: "dns", port: 53, transport: "udp", need: "never" },
      { role: "dns-tcp", port: 53, transport: "tcp", need: "never" },
      { role: "dhcp", port: 67, transport: "udp", need: "never" },
      { role: "llmnr", port: 5355, transport: "udp", need: "never" },
      { role: "llmnr-tcp", port: 5355, transport: "tcp", need: "never" },
    ],
    sameExternalPort: "free",
    warnings: ["local-network-only"],
  },
  {
    id: "printing",
    name: "Printing (CUPS)",
    category: "system",
    clues: [{ process: ["cupsd", "cups-browsed"] }],
    ports: [
      { role: "ipp", port: 631, transport: "tcp", need: "never" },
      { role: "browse", port: 631, transport: "udp", need: "never" },
    ],
    sameExternalPort: "free",
    warnings: ["local-network-only"],
  },
  {
    id: "time",
    name: "Time service (NTP)",
    category: "system",
    clues: [{ process: ["chronyd", "ntpd", "systemd-timesyncd", "timed"] }],
    ports: [
      { role: "ntp", port: 123, transport: "udp", need: "never" },
      { role: "control", port: 323, transport: "udp", need: "never" },
    ],
    sameExternalPort: "free",
    warnings: ["local-network-only"],
  },
  {
    id: "netbios",
    name: "Windows names (NetBIOS)",
    category: "system",
    clues: [{ process: ["nmbd"] }, { process: ["System"], onDefaultPort: true }],
    ports: [
      { role: "names", port: 137, transport: "udp", need: "never" },
      { role: "datagrams", port: 138, transport: "udp", need: "never" },
    ],
    sameExternalPort: "free",
    warnings: ["local-network-only"],
  },
  {
    id: "windows-rpc",
    name: "Windows remote calls (RPC)",
    category: "system",
    clues: [{ process: ["svchost", "System"], onDefaultPort: true }],
    ports: [
      { role: "rpc", port: 135, transport: "tcp", need: "never" },
      { role: "winrm", port: 5985, transport: "tcp", need: "never" },
      { role: "winrm-tls", port: 5986, transport: "tcp", need: "never" },
    ],
    sameExternalPort: "free",
    warnings: ["control-interface"],
  },
  {
    id: "upnp-discovery",
    name: "Device discovery (SSDP)",
    category: "system",
    clues: [{ process: ["svchost", "minissdpd", "gupnp-universal-cp"], onDefaultPort: true }],
    ports: [
      { role: "discovery", port: 1900, transport: "udp", need: "never" },
      { role: "events", port: 3702, transport: "udp", need: "never" },
    ],
    sameExternalPort: "free",
    warnings: ["local-network-only"],
  },
];
