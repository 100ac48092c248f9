/** Route tables and addresses as the systems print them. */
import {
  defaultRoutes,
  type TableRoute,
} from "../../../main/engine/system/route/default-routes.ts";
import { parseNetstatRoutes } from "../../../main/engine/system/route/bsd.ts";
import { parseRoute4, parseRoute6 } from "../../../main/engine/system/route/linux.ts";
import {
  stableFromIfconfig,
  stableFromLinux,
  stableFromWindows,
} from "../../../main/engine/system/route/stable-address6.ts";
import { parseInterfaceList, parseRoutePrint } from "../../../main/engine/system/route/windows.ts";
import type { Target } from "../target.ts";
import { claim, claimAddress } from "./claims.ts";
import { utf8 } from "./text.ts";

/** Bytes of a table; a home's has a few dozen lines. */
const TABLE = 16_384;

function claimRoutes(routes: readonly TableRoute[]): void {
  for (const { destination, gateway, metric, interface: name } of routes) {
    const [address = "", length = ""] = destination.split("/");
    claimAddress(address);
    claim(/^\d{1,3}$/.test(length) && Number(length) <= 128, "a prefix has a length");
    if (gateway !== null) claimAddress(gateway);
    claim(Number.isSafeInteger(metric) && metric >= 0, "a metric is a number");
    claim(name !== "", "an interface has a name");
  }
  claim(defaultRoutes(routes, () => "ethernet").length <= routes.length, "no route is made up");
}

const hex6 = "2a000000000000000000000000000001";
const none6 = "0".repeat(32);

export const routeTargets: readonly Target[] = [
  {
    name: "routes-linux",
    maxLength: TABLE,
    seeds: [
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t014DA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t004DA8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n",
      "tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000080\t0\t0\t0\ntun0\t00000080\t00000000\t0001\t0\t0\t50\t00000080\t0\t0\t0\n",
      `${none6} 00 ${none6} 00 fe80000000000000000000000000000a 00000400 00000001 00000000 00450003 eth0\n${none6} 00 ${none6} 00 ${none6} ffffffff 00000001 00000000 00200200 lo\n`,
      `${hex6} 02 40 00 80 eth0\n${hex6} 02 40 00 01 eth0\n`,
    ],
    words: ["00000000", "00000080", "0003", "0001", none6, "\t", " ", "\n"],
    run: (input) => {
      const text = utf8(input);
      claimRoutes(parseRoute4(text));
      claimRoutes(parseRoute6(text));
      claimStable(stableFromLinux(text, "eth0"));
    },
  },
  {
    name: "routes-macos",
    share: 0.4,
    maxLength: TABLE,
    seeds: [
      "Destination        Gateway            Flags               Netif Expire\ndefault            192.168.1.1        UGScg                 en0\ndefault            link#18            UCSIg         bridge100      !\n128.0/1 10.8.0.1 UGSc utun3\n",
      "default                                 fe80::1%en0                             UGcg                  en0\n2000::/3 fe80::%utun0 UGcIg utun0\n",
      "\tinet6 2001:db8::1 prefixlen 64 autoconf secured \n\tinet6 2a00::7 prefixlen 64 autoconf temporary\n",
    ],
    words: ["default", "UG", "link#1", "fe80::", "%en0", "0/1", "inet6 ", " temporary"],
    run: (input) => {
      const text = utf8(input);
      claimRoutes(parseNetstatRoutes(text, 4));
      claimRoutes(parseNetstatRoutes(text, 6));
      claimStable(stableFromIfconfig(text));
    },
  },
  {
    name: "routes-windows",
    share: 0.4,
    maxLength: TABLE,
    seeds: [
      "          0.0.0.0          0.0.0.0      192.168.1.1    192.168.1.23     55\r\n          0.0.0.0        128.0.0.0   Auf Verbindung       10.8.0.2     5\r\n",
      "  7    281 ::/0                     fe80::1\r\n  7    281 2000::/3                 On-link\r\n",
      " 11...a0 36 9f 11 22 33 ......Intel(R) Ethernet\r\n  1...........................Software Loopback Interface 1\r\n",
      "5 4 2a00::1\r\n3 4 2a00::2\r\n",
      // It took a third of a second to find no interface in it.
      `7...${".".repeat(8000)}${"x".repeat(300)}`,
    ],
    words: ["0.0.0.0", "128.0.0.0", "::/0", "2000::/3", "...", "......", " ", "\r\n"],
    run: (input) => {
      const text = utf8(input);
      const own = { interface: "WLAN", scope: 7, mac: "a0:36:9f:11:22:33" };
      claimRoutes(parseRoutePrint(text, [{ ...own, address: "192.168.1.23" }]));
      for (const { description } of parseInterfaceList(text)) {
        claim(description.length <= 201, "a description is short");
      }
      claimStable(stableFromWindows(text));
    },
  },
];

function claimStable(address: string | null): void {
  if (address === null) return;
  claimAddress(address);
  claim(/^[23]/.test(address), "an address is of the internet");
}
