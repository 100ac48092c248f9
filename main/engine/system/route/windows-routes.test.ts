/**
 * A German Windows 11 on Wi-Fi, with a cable, a WireGuard tunnel that takes the default route, and what it brings along
 * for virtual machines: addresses of our own, in the form of route_print.out under
 * https://github.com/kellyjonbrazil/jc/tree/master/tests/fixtures/windows. Not yet run on one.
 */
import { expect, test } from "vitest";
import {
  recordedCommands,
  recordedInterfaces,
} from "../../../../test/fixtures/recorded-commands.ts";
import { WindowsRoutes } from "./windows-routes.ts";

const system32 = String.raw`${process.env["SystemRoot"] ?? String.raw`C:\Windows`}\System32`;
const lines = (text: string): string => text.replaceAll("\n", "\r\n");
const stable = String.raw`${system32}\WindowsPowerShell\v1.0\powershell.exe -NoProfile -Command Get-NetIPAddress -AddressFamily IPv6 -InterfaceIndex 11 | ForEach-Object { "$([int]$_.SuffixOrigin) $([int]$_.AddressState) $($_.IPAddress)" }`;

const recordings = {
  [String.raw`${system32}\ROUTE.EXE print`]:
    lines(`===========================================================================
Schnittstellenliste
 17...a0 36 9f 11 22 33 ......Intel(R) I211 Gigabit Network Connection
 11...a0 36 9f 11 22 34 ......Intel(R) Wi-Fi 6 AX200 160MHz
 13...a2 36 9f 11 22 34 ......Microsoft Wi-Fi Direct Virtual Adapter
 31...00 15 5d 01 02 03 ......Hyper-V Virtual Ethernet Adapter
 23...........................WireGuard Tunnel
  1...........................Software Loopback Interface 1
===========================================================================

IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.23     55
          0.0.0.0          0.0.0.0     192.168.77.1    192.168.77.10     25
          0.0.0.0          0.0.0.0   Auf Verbindung         10.8.0.2      5
        127.0.0.0        255.0.0.0   Auf Verbindung        127.0.0.1    331
      192.168.1.0    255.255.255.0   Auf Verbindung     192.168.1.23    291
        224.0.0.0        240.0.0.0   Auf Verbindung        127.0.0.1    331
===========================================================================
Ständige Routen:
  Keine

IPv6-Routentabelle
===========================================================================
Aktive Routen:
 If Metrik Netzwerkziel             Gateway
 11    291 ::/0                     fe80::1
  1    331 ::1/128                  Auf Verbindung
 11    291 2001:db8:1:2::/64        Auf Verbindung
 11    291 2001:db8:1:2:a236:9fff:fe11:2234/128
                                    Auf Verbindung
 11    291 fe80::/64                Auf Verbindung
===========================================================================
Ständige Routen:
  Keine
`),
  // In figures: link-local by WellKnown and Link, a temporary address (Random), the lasting one (Link).
  [stable]: lines(`4 4 fe80::a236:9fff:fe11:2234%11
5 4 2001:db8:1:2:e9ed:2362:7268:c42f
4 4 2001:db8:1:2:a236:9fff:fe11:2234
`),
  [String.raw`${system32}\ARP.EXE -a 192.168.1.1`]: lines(`
Schnittstelle: 192.168.1.23 --- 0xb
  Internetadresse       Physische Adresse     Typ
  192.168.1.1           a0-36-9f-01-22-33     dynamisch
`),
  [String.raw`${system32}\ARP.EXE -a 192.168.1.9`]: lines("Keine ARP-Einträge gefunden.\n"),
  [String.raw`${system32}\netsh.exe interface ipv6 show neighbors interface=11`]: lines(`
Schnittstelle 11: WLAN


Internetadresse                               Physische Adresse   Typ
--------------------------------------------  -----------------  -----------
fe80::1                                       a0-36-9f-01-22-33  Erreichbar (Router)
fe80::2                                                          Nicht erreichbar
ff02::1                                       33-33-00-00-00-01  Permanent
`),
};
const interfaces = recordedInterfaces({
  WLAN: [
    ["fe80::a236:9fff:fe11:2234", "a0:36:9f:11:22:34", 11],
    ["192.168.1.23", "a0:36:9f:11:22:34"],
  ],
  Ethernet: [["192.168.77.10", "a0:36:9f:11:22:33"]],
  Heim: [["10.8.0.2", "00:00:00:00:00:00"]],
});

test("its ways to the internet by the names that Node has, each with what it is", async () => {
  const { run } = recordedCommands(recordings);
  expect(await new WindowsRoutes(run, interfaces).routes()).toEqual([
    { family: 4, gateway: null, interface: "Heim", kind: "vpn" },
    { family: 4, gateway: "192.168.77.1", interface: "Ethernet", kind: "ethernet" },
    { family: 4, gateway: "192.168.1.1", interface: "WLAN", kind: "wifi" },
    { family: 6, gateway: "fe80::1%11", interface: "WLAN", kind: "wifi" },
  ]);
});

test("the address to open over IPv6, and who its neighbours are", async () => {
  const { run, ran } = recordedCommands(recordings);
  const routes = new WindowsRoutes(run, interfaces);
  expect(await routes.stableAddress6("WLAN")).toBe("2001:db8:1:2:a236:9fff:fe11:2234");
  for (const address of ["192.168.1.1", "fe80::1%11"])
    expect(await routes.linkAddress(address)).toBe("a0:36:9f:01:22:33");
  for (const address of ["192.168.1.9", "fe80::2%11", "fe80::3%11"])
    expect(await routes.linkAddress(address)).toBeNull();
  // What is no interface and no address becomes no argument.
  const before = ran.length;
  expect(await routes.stableAddress6("Ethernet")).toBeNull();
  expect(await routes.stableAddress6("1; calc")).toBeNull();
  expect(await routes.linkAddress("/?")).toBeNull();
  expect(ran).toHaveLength(before);
});

test("that a table cannot be read is an error, not a PC without a way out", async () => {
  await expect(new WindowsRoutes(recordedCommands({}).run, interfaces).routes()).rejects.toThrow(
    "ROUTE.EXE",
  );
});
