/**
 * Linux: in the form that 6.18 prints. macOS and Windows: not yet run there. Addresses of our own, in the form of
 * recordings over which the parsers were run: https://github.com/kellyjonbrazil/jc/blob/master/tests/fixtures/osx-10.14.6/ifconfig.out
 * and https://github.com/ddclient/ddclient (its tests of `ifconfig` of macOS); of Windows only the figures behind the
 * words of `Get-NetIPAddress`, where of one network card the temporary address is Random and the lasting one Link.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { stableFromIfconfig, stableFromLinux, stableFromWindows } from "./stable-address6.ts";

const line = (address: string, flags: string, name = "eth0", scope = "00"): string =>
  `${address} 02 40 ${scope} ${flags}     ${name}\n`;
const temporary = line("20010db800470000c1d2e3f405060708", "01");
const loopback = "00000000000000000000000000000001 01 80 10 80       lo\n";
const linkLocal = line("fe80000000000000a2369ffffe112233", "80", "eth0", "20");
const stable = line("20010db800470000a2369ffffe112233", "00");

test("Linux: neither link-local nor temporary", () => {
  const text = loopback + linkLocal + temporary + stable;
  expect(stableFromLinux(text, "eth0")).toBe("2001:db8:47:0:a236:9fff:fe11:2233");
  expect(stableFromLinux(text, "wlan0")).toBeNull();
});

test.each([
  ["deprecated", "20"],
  ["tentative", "40"],
  ["found twice on the link", "08"],
  ["temporary and managed", "0101"],
])("Linux: not one that is %s", (_name, flags) => {
  expect(stableFromLinux(line("20010db800470000a2369ffffe112233", flags), "eth0")).toBeNull();
});

test("Linux: a stable-privacy address (RFC 7217) will do", () => {
  expect(stableFromLinux(line("20010db800470000a2369ffffe112233", "800"), "eth0")).not.toBeNull();
});

test.each([
  ["unique local", "fd000000000000000000000000000002"],
  ["site-local", "fec00000000000000000000000000002"],
  ["6to4", "20020102030400000000000000000001"],
  ["Teredo", "20010000010203040000000000000001"],
  ["multicast", "ff020000000000000000000000000001"],
])("never a %s one", (_name, address) => {
  expect(stableFromLinux(line(address, "00"), "eth0")).toBeNull();
});

test("macOS: by the words behind the address", () => {
  const text = `en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
\tether a0:36:9f:11:22:33
\tinet6 fe80::1c2d:3e4f:5a6b:7c8d%en0 prefixlen 64 secured scopeid 0xb
\tinet6 2001:db8:1:2:aaaa:bbbb:cccc:dddd prefixlen 64 deprecated autoconf secured
\tinet6 2001:db8:1:2:1234:5678:9abc:def0 prefixlen 64 autoconf temporary
\tinet6 2001:db8:1:2:77:88:99:aabb prefixlen 64 clat46
\tinet6 fd00:1:2:3:4:5:6:7 prefixlen 64 autoconf secured
\tinet6 2001:db8:1:2:18b:1d52:c3e4:9f6 prefixlen 64 autoconf secured
\tinet6 2001:db8:1:2::24 prefixlen 64 dynamic
\tinet 192.168.1.23 netmask 0xffffff00 broadcast 192.168.1.255
`;
  expect(stableFromIfconfig(text)).toBe("2001:db8:1:2:18b:1d52:c3e4:9f6");
});

test("Windows: in figures", () => {
  const text =
    "4 4 fe80::77%11\r\n5 4 2001:db8:1:2::99\r\n4 3 2001:db8:9::77\r\n4 4 2001:db8:1:2::77\r\n";
  expect(stableFromWindows(text)).toBe("2001:db8:1:2::77");
  expect(stableFromWindows("Link Preferred 2001:db8:1:2::77")).toBeNull();
});

test("no text is too strange", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const found of [
        stableFromLinux(text, "eth0"),
        stableFromIfconfig(`inet6 ${text}`),
        stableFromWindows(`4 4 ${text}`),
      ])
        expect(found ?? "2000::").toMatch(/^[23][0-9a-f]{3}:/);
    }),
  );
});
