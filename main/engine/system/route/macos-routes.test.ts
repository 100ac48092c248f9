/**
 * A Mac on Wi-Fi with a VPN that takes the default route, by what its programs print: addresses of our own, in the form of
 * https://github.com/jackpal/gateway/blob/master/route-tables/darwin.txt and of netstat, ifconfig and arp under
 * https://github.com/kellyjonbrazil/jc/tree/master/tests/fixtures/osx-10.14.6. Not yet run on one.
 */
import { expect, test } from "vitest";
import {
  recordedCommands,
  recordedInterfaces,
} from "../../../../test/fixtures/recorded-commands.ts";
import { simulatedEnvironment } from "../../../../test/fixtures/environment.ts";
import { NetworkWatch } from "../../change/network-watch.ts";
import { MacosRoutes } from "./macos-routes.ts";

const recordings = {
  "/usr/sbin/netstat -rn -f inet": `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            link#17            UCSg                utun3
default            192.168.1.1        UGScIg                en0
127                127.0.0.1          UCS                   lo0
192.168.1          link#11            UCS                   en0      !
192.168.1.1        a0:36:9f:1:22:33   UHLWIir               en0   1161
224.0.0/4          link#17            UmCS                utun3
`,
  "/usr/sbin/netstat -rn -f inet6": `Routing tables

Internet6:
Destination                             Gateway                                 Flags               Netif Expire
default                                 fe80::1%en0                             UGcg                  en0
default                                 fe80::%utun0                            UGcIg               utun0
::1                                     ::1                                     UHL                   lo0
2001:db8:1:2::/64                       link#11                                 UC                    en0
`,
  "/usr/sbin/networksetup -listallhardwareports": `
Hardware Port: Wi-Fi
Device: en0
Ethernet Address: a0:36:9f:11:22:34

VLAN Configurations
===================
`,
  "/sbin/ifconfig en0": `en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
\tether a0:36:9f:11:22:34
\tinet6 fe80::1c2d:3e4f:5a6b:7c8d%en0 prefixlen 64 secured scopeid 0xb
\tinet 192.168.1.23 netmask 0xffffff00 broadcast 192.168.1.255
\tinet6 2001:db8:1:2:1234:5678:9abc:def0 prefixlen 64 autoconf temporary
\tinet6 2001:db8:1:2:18b:1d52:c3e4:9f6 prefixlen 64 autoconf secured
\tnd6 options=201<PERFORMNUD,DAD>
\tmedia: autoselect
\tstatus: active
`,
  "/usr/sbin/arp -n 192.168.1.1": "? (192.168.1.1) at a0:36:9f:1:22:33 on en0 ifscope [ethernet]\n",
  "/usr/sbin/arp -n 192.168.1.9": "192.168.1.9 (192.168.1.9) -- no entry on en0\n",
  "/usr/sbin/ndp -an": `Neighbor                                Linklayer Address  Netif Expire    St Flgs Prbs
fe80::1%lo0                             (incomplete)         lo0 permanent R
fe80::1%en0                             a0:36:9f:1:22:33     en0 20h S R
`,
};
const interfaces = recordedInterfaces({
  en0: [["192.168.1.23", "a0:36:9f:11:22:34"]],
  utun3: [["10.8.0.2", "00:00:00:00:00:00"]],
});

test("its ways to the internet, each with what it is", async () => {
  const { run } = recordedCommands(recordings);
  expect(await new MacosRoutes(run, interfaces).routes()).toEqual([
    { family: 4, gateway: null, interface: "utun3", kind: "vpn" },
    { family: 4, gateway: "192.168.1.1", interface: "en0", kind: "wifi" },
    { family: 6, gateway: "fe80::1%en0", interface: "en0", kind: "wifi" },
  ]);
});

test("the list of hardware is read anew only when another interface came, and is no must", async () => {
  const { run, ran } = recordedCommands(recordings);
  let known = interfaces;
  const routes = new MacosRoutes(run, () => known());
  await routes.routes();
  await routes.routes();
  const lists = () => ran.filter((line) => line.includes("networksetup")).length;
  expect(lists()).toBe(1);
  known = recordedInterfaces({ en0: [], en7: [] });
  await routes.routes();
  expect(lists()).toBe(2);
  const { "/usr/sbin/networksetup -listallhardwareports": _, ...without } = recordings;
  const told = await new MacosRoutes(recordedCommands(without).run, interfaces).routes();
  expect(told.map(({ kind }) => kind)).toEqual(["vpn", "other", "other"]);
});

test("the address to open over IPv6, and who its neighbours are", async () => {
  const { run, ran } = recordedCommands(recordings);
  const routes = new MacosRoutes(run, interfaces);
  expect(await routes.stableAddress6("en0")).toBe("2001:db8:1:2:18b:1d52:c3e4:9f6");
  for (const address of ["192.168.1.1", "fe80::1%en0"])
    expect(await routes.linkAddress(address)).toBe("a0:36:9f:01:22:33");
  for (const address of ["192.168.1.9", "fe80::1%lo0", "fe80::2%en0"])
    expect(await routes.linkAddress(address)).toBeNull();
  // What is no name and no address becomes no argument.
  const before = ran.length;
  expect(await routes.stableAddress6("-a")).toBeNull();
  expect(await routes.linkAddress("-a")).toBeNull();
  expect(ran).toHaveLength(before);
});

test("that a table cannot be read is an error, not a PC without a way out", async () => {
  await expect(new MacosRoutes(recordedCommands({}).run, interfaces).routes()).rejects.toThrow(
    "netstat",
  );
});

test("a VPN that goes is a change of the network, seen with the next look at the routes", async () => {
  let told: Readonly<Record<string, string>> = recordings;
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  const routes = new MacosRoutes(
    (file, args) => recordedCommands(told).run(file, args),
    interfaces,
  );
  network.defaultRoutes = () => routes.routes();
  let changes = 0;
  const watch = new NetworkWatch({
    environment,
    lan: { localAddresses: () => [] },
    routePoll: 15_000,
    onChange: () => (changes += 1),
  });
  watch.start();
  await clock.advance(60_000);
  expect(changes).toBe(0);
  const table = recordings["/usr/sbin/netstat -rn -f inet"];
  const withoutVpn = table.replace(/^default .*utun3\n/m, "").replace("UGScIg", "UGScg ");
  told = { ...recordings, "/usr/sbin/netstat -rn -f inet": withoutVpn };
  await clock.advance(17_000);
  expect(changes).toBe(1);
  // A program that fails tells nothing, and so changes nothing.
  told = {};
  await clock.advance(60_000);
  expect(changes).toBe(1);
  watch.stop();
});
