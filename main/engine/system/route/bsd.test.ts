/**
 * Not yet run on macOS. The tables hold addresses of our own, in the form of what others recorded there, over which the
 * parser was run: https://github.com/jackpal/gateway/blob/master/route-tables/darwin.txt (a VPN that takes the default
 * route), https://github.com/kellyjonbrazil/jc/blob/master/tests/fixtures/osx-10.14.6/netstat-rnl.out (columns of old
 * releases).
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ways } from "../../../../test/fixtures/ways.ts";
import { parseNetstatRoutes } from "./bsd.ts";
import { macKind } from "./interface-kind.ts";

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

test("the PC's default route, then that of another network; no tunnel of the system's own", () => {
  expect(ways([...parseNetstatRoutes(macos, 4), ...parseNetstatRoutes(macos6, 6)])).toEqual([
    "4 en0 192.168.1.1",
    "4 en5 10.0.0.1",
    "6 en0 fe80::e23f:49ff:fe3e:9d0c%en0",
  ]);
});

test("a VPN that takes the default route, and one that divides it", () => {
  const taken = `default link#22 UCSg utun4\ndefault 192.168.1.1 UGScIg en0\n`;
  expect(ways(parseNetstatRoutes(taken, 4))).toEqual(["4 utun4 null", "4 en0 192.168.1.1"]);
  const divided = `0/1 10.8.0.5 UGSc utun3\ndefault 192.168.1.1 UGSc en0\n128.0/1 10.8.0.5 UGSc utun3\n`;
  expect(ways(parseNetstatRoutes(divided, 4))).toEqual(["4 utun3 10.8.0.5", "4 en0 192.168.1.1"]);
});

test("up to 10.14 has more columns, and each family its own heading", () => {
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

test("kinds by name, and by the list of hardware", () => {
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

test("nonsense is no route", () => {
  for (const text of [
    "default\ndefault x UG\n",
    "default 1.2.3.4 G en0",
    "default 1.2.3.4 UG -rf/",
  ])
    expect(parseNetstatRoutes(text, 4)).toEqual([]);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from("0123456789.:/%adefultUG \n\r")) }),
      (text) => {
        parseNetstatRoutes(text, 4);
        parseNetstatRoutes(text, 6);
      },
    ),
  );
});
