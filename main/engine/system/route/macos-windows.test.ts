/**
 * Not yet run on these systems. The tables hold addresses of our own, in the form of what others recorded there, over
 * which the parsers were run:
 * - macOS: https://github.com/jackpal/gateway/blob/master/route-tables/darwin.txt (a VPN that takes the default route),
 *   https://github.com/kellyjonbrazil/jc/blob/master/tests/fixtures/osx-10.14.6/netstat-rnl.out (columns of old releases)
 * - Windows: https://github.com/kellyjonbrazil/jc/tree/master/tests/fixtures/windows (route_print.out of XP, 7, 10 and 11),
 *   https://github.com/jackpal/gateway/tree/master/route-tables (windowsLocalized.txt French, windowsLocalized2.txt
 *   Spanish, windowsOnLinkDefaultRoute.txt)
 * The German words are the maker's; no word is read.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { InterfaceKind } from "../../../../shared/network-interface.ts";
import { parseNetstatRoutes } from "./bsd.ts";
import { defaultRoutes, type TableRoute } from "./default-routes.ts";
import { macKind, windowsKind } from "./interface-kind.ts";
import { parseInterfaceList, parseRoutePrint, type WindowsAddress } from "./windows.ts";

const ways = (
  table: readonly TableRoute[],
  kindOf: (name: string) => InterfaceKind = () => "other",
) =>
  defaultRoutes(table, kindOf).map(
    ({ family, interface: name, gateway }) => `${family} ${name} ${gateway}`,
  );

const macos = `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.1.1        UGScg                 en0
default            link#18            UCSIg         bridge100      !
default            10.0.0.1           UGScIg                en5
127                127.0.0.1          UCS                   lo0
192.168.1          link#11            UCS                   en0      !
192.168.1.1/32     link#11            UCS                   en0      !
`;

const macos6 = `Routing tables

Internet6:
Destination                             Gateway                                 Flags               Netif Expire
default                                 fe80::e23f:49ff:fe3e:9d0c%en0           UGcg                  en0
default                                 fe80::%utun0                            UGcIg               utun0
::1                                     ::1                                     UHL                   lo0
2001:db8:1:2::/64                       link#11                                 UC                    en0
fe80::%lo0/64                           fe80::1%lo0                             UcI                   lo0
`;

test("macOS: the PC's default route, then that of another network; no tunnel of the system's own", () => {
  expect(ways([...parseNetstatRoutes(macos, 4), ...parseNetstatRoutes(macos6, 6)])).toEqual([
    "4 en0 192.168.1.1",
    "4 en5 10.0.0.1",
    "6 en0 fe80::e23f:49ff:fe3e:9d0c%en0",
  ]);
});

test("macOS: a VPN that takes the default route, and one that divides it", () => {
  const taken = `default link#22 UCSg utun4\ndefault 192.168.1.1 UGScIg en0\n`;
  expect(ways(parseNetstatRoutes(taken, 4))).toEqual(["4 utun4 null", "4 en0 192.168.1.1"]);
  const divided = `0/1 10.8.0.5 UGSc utun3\ndefault 192.168.1.1 UGSc en0\n128.0/1 10.8.0.5 UGSc utun3\n`;
  expect(ways(parseNetstatRoutes(divided, 4))).toEqual(["4 utun3 10.8.0.5", "4 en0 192.168.1.1"]);
});

test("macOS up to 10.14 has more columns, and each family its own heading", () => {
  const old = `Routing tables

Internet:
Destination        Gateway            Flags        Refs      Use   Netif Expire
default            192.168.1.1        UGSc           83       24     en0
192.168.71         link#20            UC              3        0  vmnet8      !

Internet6:
Destination                             Gateway                         Flags        Refs      Use    Mtu    Netif Expire
default                                 fe80::1%en0                     UGc             7        0   1500      en0
`;
  expect(parseNetstatRoutes(old, 4)).toMatchObject([
    { destination: "0.0.0.0/0", gateway: "192.168.1.1", interface: "en0" },
    { interface: "en0" },
  ]);
  expect(ways(parseNetstatRoutes(old.split("Internet6:")[1] ?? "", 6))).toEqual([
    "6 en0 fe80::1%en0",
  ]);
});

test("macOS: kinds by name, and by the list of hardware", () => {
  const ports = `
Hardware Port: Ethernet
Device: en0
Ethernet Address: a0:36:9f:11:22:33

Hardware Port: Wi-Fi
Device: en1
Ethernet Address: a0:36:9f:11:22:34
`;
  expect(
    ["en0", "en1", "en7", "utun4", "ppp0", "bridge100"].map((name) => macKind(name, ports)),
  ).toEqual(["ethernet", "wifi", "other", "vpn", "vpn", "virtual"]);
});

const german = `===========================================================================
Schnittstellenliste
 11...a0 36 9f 11 22 33 ......Intel(R) Ethernet Connection (2) I219-V
  7...a0 36 9f 11 22 34 ......Intel(R) Wi-Fi 6 AX201 160MHz
 23...........................WireGuard Tunnel
 31...00 15 5d 01 02 03 ......Hyper-V Virtual Ethernet Adapter
 13...a2 36 9f 11 22 34 ......Microsoft Wi-Fi Direct Virtual Adapter
  1...........................Software Loopback Interface 1
===========================================================================

IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0      192.168.1.1    192.168.1.23     55
          0.0.0.0          0.0.0.0     192.168.77.1   192.168.77.10     25
          0.0.0.0          0.0.0.0   Auf Verbindung       10.8.0.2      5
        127.0.0.0        255.0.0.0   Auf Verbindung      127.0.0.1    331
===========================================================================
Ständige Routen:
  Netzwerkadresse          Netzmaske  Gatewayadresse  Metrik
          0.0.0.0          0.0.0.0      192.168.9.9  Standard
          0.0.0.0          0.0.0.0      192.168.9.9       1
===========================================================================

IPv6-Routentabelle
===========================================================================
Aktive Routen:
 If Metrik Netzwerkziel             Gateway
 11    281 ::/0                     fe80::1
  1    331 ::1/128                  Auf Verbindung
 11    281 2001:db8:1:2:a236:9fff:fe11:2233/128
                                    Auf Verbindung
===========================================================================
Ständige Routen:
  0 4294967295 ::/0                     fe80::9
`.replaceAll("\n", "\r\n");

const addresses: readonly WindowsAddress[] = [
  { interface: "WLAN", address: "192.168.1.23", scope: 0, mac: "a0:36:9f:11:22:34" },
  { interface: "Ethernet", address: "192.168.77.10", scope: 0, mac: "a0:36:9f:11:22:33" },
  { interface: "Ethernet", address: "fe80::77", scope: 11, mac: "a0:36:9f:11:22:33" },
  { interface: "Heim", address: "10.8.0.2", scope: 0, mac: "00:00:00:00:00:00" },
];

test("Windows: in any language, lowest metric first, by interface name", () => {
  expect(ways(parseRoutePrint(german, addresses))).toEqual([
    "4 Heim null",
    "4 Ethernet 192.168.77.1",
    "4 WLAN 192.168.1.1",
    "6 Ethernet fe80::1%11",
  ]);
});

test("Windows: French and Spanish; a tunnel on the link itself", () => {
  const french = `Itinéraires actifs :
Destination réseau    Masque réseau  Adr. passerelle   Adr. interface Métrique
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.23     10
===========================================================================
Itinéraires persistants :
  Aucun
`.replaceAll("\n", "\r\n");
  expect(ways(parseRoutePrint(french, addresses))).toEqual(["4 WLAN 192.168.1.1"]);
  const spanish = `Rutas activas:
Destino de red        Máscara de red   Puerta de enlace   Interfaz  Métrica
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.23     35
          0.0.0.0          0.0.0.0      En vínculo         10.8.0.2      1
`.replaceAll("\n", "\r\n");
  expect(ways(parseRoutePrint(spanish, addresses))).toEqual(["4 Heim null", "4 WLAN 192.168.1.1"]);
});

test("Windows: a VPN that divides the default route in quarters", () => {
  const quarters = ["0.0.0.0", "64.0.0.0", "128.0.0.0", "192.0.0.0"].map(
    (network) => `          ${network}        192.0.0.0   Auf Verbindung      10.8.0.2    250\r\n`,
  );
  const all = parseRoutePrint(german + quarters.join(""), addresses);
  expect(ways(all)[0]).toBe("4 Heim null");
  expect(ways(parseRoutePrint(german + quarters.slice(1).join(""), addresses))).toHaveLength(4);
});

test("Windows: a VPN that divides the default route", () => {
  const divided = `0.0.0.0 128.0.0.0 10.8.0.1 10.8.0.2 281\r\n128.0.0.0 128.0.0.0 10.8.0.1 10.8.0.2 281\r\n`;
  expect(ways(parseRoutePrint(german + divided, addresses))[0]).toBe("4 Heim 10.8.0.1");
});

test("Windows: kinds by the driver's words, a tunnel by its lack of a link layer", () => {
  const list = parseInterfaceList(german);
  expect(list.map(({ index, mac }) => `${index} ${mac}`)).toEqual([
    "11 a0:36:9f:11:22:33",
    "7 a0:36:9f:11:22:34",
    "23 null",
    "31 00:15:5d:01:02:03",
    "13 a2:36:9f:11:22:34",
    "1 null",
  ]);
  const kind = (name: string, mac: string | null): string => windowsKind(name, mac, list);
  expect([
    kind("Ethernet", "a0:36:9f:11:22:33"),
    kind("WLAN", "a0:36:9f:11:22:34"),
    kind("Heim", "00:00:00:00:00:00"),
    kind("vEthernet (WSL)", "00:15:5d:01:02:03"),
    kind("LAN-Verbindung* 1", "a2:36:9f:11:22:34"),
    kind("OpenVPN TAP-Windows6", "00:ff:01:02:03:04"),
    kind("Netz", "00:01:01:02:03:04"),
  ]).toEqual(["ethernet", "wifi", "vpn", "virtual", "virtual", "vpn", "other"]);
});

test("Windows: a prefix longer than an address is no route", () => {
  expect(parseRoutePrint("  7    281 ::/128    fe80::1\n", [])).toHaveLength(1);
  expect(parseRoutePrint("  7    281 ::/129    fe80::1\n", [])).toEqual([]);
});

test("nonsense is no route", () => {
  for (const text of [
    "default\ndefault x UG\n",
    "default 1.2.3.4 G en0",
    "default 1.2.3.4 UG -rf/",
  ])
    expect(parseNetstatRoutes(text, 4)).toEqual([]);
  expect(parseRoutePrint("0.0.0.0 0.0.0.0\n0.0.0.0 0.0.0.0 a b c\n", [])).toEqual([]);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from("0123456789.:/%adefultUG \n\r")) }),
      (text) => {
        parseNetstatRoutes(text, 4);
        parseNetstatRoutes(text, 6);
        parseRoutePrint(text, addresses);
        parseInterfaceList(text);
      },
    ),
  );
});
