import { expect, test } from "vitest";
import { linkFromArp, linkFromLinux } from "./link-address.ts";

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

test("macOS and Windows (after their manuals; not yet run there)", () => {
  const macos = "? (192.168.1.1) at a0:36:9f:1:22:33 on en0 ifscope [ethernet]\n";
  expect(linkFromArp(macos, "192.168.1.1")).toBe("a0:36:9f:01:22:33");
  const german = `\r\nSchnittstelle: 192.168.1.23 --- 0xb\r\n  Internetadresse       Physische Adresse     Typ\r\n  192.168.1.1           a0-36-9f-01-22-33     dynamisch\r\n`;
  expect(linkFromArp(german, "192.168.1.1")).toBe("a0:36:9f:01:22:33");
  expect(linkFromArp("? (192.168.1.1) at (incomplete) on en0", "192.168.1.1")).toBeNull();
  expect(linkFromArp("192.168.1.1 ff-ff-ff-ff-ff-ff", "192.168.1.1")).toBeNull();
  expect(linkFromArp(german, "192.168.1.2")).toBeNull();
});
