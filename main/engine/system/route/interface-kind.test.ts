/** What /sys/class/net shows: cable, bridge, tun and tap recorded on Linux 6.18, the others as the kernel sources have them. */
import { expect, test } from "vitest";
import { linuxKind, type LinuxInterface } from "./interface-kind.ts";

const plain: LinuxInterface = { type: 1, deviceType: null, tun: false, wireless: false };

test.each<[string, Partial<LinuxInterface>, string]>([
  ["eth0", {}, "ethernet"],
  ["br0", { deviceType: "bridge" }, "ethernet"],
  ["wlp3s0", { wireless: true, deviceType: "wlan" }, "wifi"],
  ["wwp0s20u4", { deviceType: "wwan" }, "mobile"],
  ["wg0", { type: 65_534, deviceType: "wireguard" }, "vpn"],
  ["tun0", { type: 65_534, tun: true }, "vpn"],
  ["tap0", { tun: true }, "vpn"],
  ["ppp0", { type: 512, deviceType: "ppp" }, "vpn"],
  ["sit0", { type: 776 }, "vpn"],
  ["docker0", { deviceType: "bridge" }, "virtual"],
  ["br-0123456789ab", { deviceType: "bridge" }, "virtual"],
  ["virbr0", { deviceType: "bridge" }, "virtual"],
  ["ib0", { type: 32 }, "other"],
])("%s", (name, facts, kind) => {
  expect(linuxKind(name, { ...plain, ...facts })).toBe(kind);
});
