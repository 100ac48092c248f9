import { describe, expect, test } from "vitest";
import { linkFromLinux, linkFromNeighbours, neighbourQuestion } from "./link-address.ts";

/** In the form that Linux 6.18 prints. */
const table = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         02:FC:00:00:00:05     *        eth0
192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0
192.168.1.8      0x1         0x2         00:00:00:00:00:00     *        eth0
`;

test("Linux: of a neighbour that answered", () => {
  expect(linkFromLinux(table, "192.168.1.1")).toBe("02:fc:00:00:00:05");
  for (const other of ["192.168.1.9", "192.168.1.8", "192.168.1.2", "IP"])
    expect(linkFromLinux(table, other)).toBeNull();
});

/** In the form of https://github.com/kellyjonbrazil/jc/blob/master/tests/fixtures/osx-10.14.6/arp-a.out for macOS. */
test("macOS and Windows (not yet run there)", () => {
  const macos = "? (192.168.1.1) at a0:36:9f:1:22:33 on en0 ifscope [ethernet]\n";
  expect(linkFromNeighbours(macos, "192.168.1.1")).toBe("a0:36:9f:01:22:33");
  const german = `\r\nSchnittstelle: 192.168.1.23 --- 0xb\r\n  Internetadresse       Physische Adresse     Typ\r\n  192.168.1.1           a0-36-9f-01-22-33     dynamisch\r\n`;
  expect(linkFromNeighbours(german, "192.168.1.1")).toBe("a0:36:9f:01:22:33");
  expect(linkFromNeighbours("? (192.168.1.1) at (incomplete) on en0", "192.168.1.1")).toBeNull();
  expect(linkFromNeighbours("192.168.1.1 ff-ff-ff-ff-ff-ff", "192.168.1.1")).toBeNull();
  expect(linkFromNeighbours(german, "192.168.1.2")).toBeNull();
});

describe("over IPv6", () => {
  test("Linux, in the form of iproute2 6.1", () => {
    const shown = "fe80::1 dev eth0 lladdr a0:36:9f:01:22:33 router REACHABLE \n";
    expect(linkFromNeighbours(shown, "fe80::1")).toBe("a0:36:9f:01:22:33");
    expect(linkFromNeighbours("fe80::1 dev eth0  FAILED \n", "fe80::1")).toBeNull();
    expect(linkFromNeighbours(shown, "fe80::2")).toBeNull();
  });

  /** As lists of neighbours printed in public repositories look, of macOS and of an English Windows 10 and 11. */
  test("macOS and Windows (not yet run there)", () => {
    const macos = `Neighbor                        Linklayer Address  Netif Expire    St Flgs Prbs
fe80::1%en0                     a0:36:9f:1:22:33     en0 23h59m58s S R
fe80::1%en1                     (incomplete)         en1 expired   N
`;
    expect(linkFromNeighbours(macos, "fe80::1%en0")).toBe("a0:36:9f:01:22:33");
    expect(linkFromNeighbours(macos, "fe80::1%en1")).toBeNull();
    const german = `\r\nSchnittstelle 12: Ethernet\r\n\r\nInternetadresse                               Physische Adresse   Typ\r\n--------------------------------------------  -----------------  -----------\r\nfe80::1                                       a0-36-9f-01-22-33  Erreichbar (Router)\r\nfe80::2                                                          Nicht erreichbar\r\nff02::1                                       33-33-00-00-00-01  Permanent\r\n`;
    expect(linkFromNeighbours(german, "fe80::1")).toBe("a0:36:9f:01:22:33");
    expect(linkFromNeighbours(german, "fe80::2")).toBeNull();
  });
});

test("of which interface the neighbour is asked for, by the zone", () => {
  expect(neighbourQuestion("linux", "fe80::1%eth0")).toEqual({
    arguments: ["-6", "neigh", "show", "to", "fe80::1", "dev", "eth0"],
    shownAs: "fe80::1",
  });
  expect(neighbourQuestion("linux", "2001:db8::1").arguments).toEqual([
    "-6",
    "neigh",
    "show",
    "to",
    "2001:db8::1",
  ]);
  expect(neighbourQuestion("win32", "fe80::1%12")).toEqual({
    arguments: ["interface", "ipv6", "show", "neighbors", "interface=12"],
    shownAs: "fe80::1",
  });
  expect(neighbourQuestion("darwin", "fe80::1%en0")).toEqual({
    arguments: ["-an"],
    shownAs: "fe80::1%en0",
  });
});

test("a zone that is no plain name is left out", () => {
  expect(neighbourQuestion("linux", "fe80::1%-x").arguments).not.toContain("-x");
  expect(neighbourQuestion("win32", "fe80::1%1 store=active").arguments).toHaveLength(4);
});
