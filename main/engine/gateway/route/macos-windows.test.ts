import { expect, test } from "vitest";
import { parseNetstatRoutes } from "./bsd.ts";
import { parseRoutePrint } from "./windows.ts";

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

test("macOS: the default route that is the PC's, not an interface's own or a tunnel", () => {
  expect(parseNetstatRoutes(macos)).toEqual([
    { address: "192.168.1.1", family: 4, interface: "en0" },
  ]);
});

const german = `===========================================================================
Schnittstellenliste
 11...a0 36 9f 11 22 33 ......Intel(R) Ethernet
===========================================================================

IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0      192.168.1.1    192.168.1.23     55
          0.0.0.0          0.0.0.0     192.168.77.1   192.168.77.10     25
          0.0.0.0          0.0.0.0   Auf Verbindung       10.8.0.2     5
          0.0.0.0        128.0.0.0         10.8.0.1       10.8.0.2      5
===========================================================================
Ständige Routen:
  Netzwerkadresse          Netzmaske  Gatewayadresse  Metrik
          0.0.0.0          0.0.0.0      192.168.9.9  Standard
          0.0.0.0          0.0.0.0      192.168.9.9       1
===========================================================================
`.replaceAll("\n", "\r\n");

test("Windows: in any language, lowest metric first, by interface name", () => {
  const locals = [
    { interface: "WLAN", family: 4, address: "192.168.1.23", prefixLength: 24 },
    { interface: "Ethernet", family: 4, address: "192.168.77.10", prefixLength: 24 },
  ] as const;
  expect(parseRoutePrint(german, locals)).toEqual([
    { address: "192.168.77.1", family: 4, interface: "Ethernet" },
    { address: "192.168.1.1", family: 4, interface: "WLAN" },
  ]);
});

test("nonsense is no route", () => {
  expect(parseNetstatRoutes("default\ndefault x UG\n")).toEqual([]);
  expect(parseRoutePrint("0.0.0.0 0.0.0.0\n0.0.0.0 0.0.0.0 a b c\n", [])).toEqual([]);
});
