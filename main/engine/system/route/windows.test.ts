/**
 * Not yet run on Windows. The tables hold addresses of our own, in the form of what others recorded there, over which the
 * parser was run: https://github.com/kellyjonbrazil/jc/tree/master/tests/fixtures/windows (route_print.out of XP, 7, 10
 * and 11), https://github.com/jackpal/gateway/tree/master/route-tables (windowsLocalized.txt French,
 * windowsLocalized2.txt Spanish, windowsOnLinkDefaultRoute.txt). The German words are the maker's; no word is read.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ways } from "../../../../test/fixtures/ways.ts";
import { windowsKind } from "./interface-kind.ts";
import { parseInterfaceList, parseRoutePrint, type WindowsAddress } from "./windows.ts";

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

test("in any language, lowest metric first, by interface name", () => {
  expect(ways(parseRoutePrint(german, addresses))).toEqual([
    "4 Heim null",
    "4 Ethernet 192.168.77.1",
    "4 WLAN 192.168.1.1",
    "6 Ethernet fe80::1%11",
  ]);
});

test("French and Spanish; a tunnel on the link itself", () => {
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

test("a VPN that divides the default route in quarters", () => {
  const quarters = ["0.0.0.0", "64.0.0.0", "128.0.0.0", "192.0.0.0"].map(
    (network) => `          ${network}        192.0.0.0   Auf Verbindung      10.8.0.2    250\r\n`,
  );
  const all = parseRoutePrint(german + quarters.join(""), addresses);
  expect(ways(all)[0]).toBe("4 Heim null");
  expect(ways(parseRoutePrint(german + quarters.slice(1).join(""), addresses))).toHaveLength(4);
});

test("a VPN that divides the default route", () => {
  const divided = `0.0.0.0 128.0.0.0 10.8.0.1 10.8.0.2 281\r\n128.0.0.0 128.0.0.0 10.8.0.1 10.8.0.2 281\r\n`;
  expect(ways(parseRoutePrint(german + divided, addresses))[0]).toBe("4 Heim 10.8.0.1");
});

test("kinds by the driver's words, a tunnel by its lack of a link layer", () => {
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

test("a prefix longer than an address is no route", () => {
  expect(parseRoutePrint("  7    281 ::/128    fe80::1\n", [])).toHaveLength(1);
  expect(parseRoutePrint("  7    281 ::/129    fe80::1\n", [])).toEqual([]);
});

test("nonsense is no route", () => {
  expect(parseRoutePrint("0.0.0.0 0.0.0.0\n0.0.0.0 0.0.0.0 a b c\n", [])).toEqual([]);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from("0123456789.:/%adefultUG \n\r")) }),
      (text) => {
        parseRoutePrint(text, addresses);
        parseInterfaceList(text);
      },
    ),
  );
});
