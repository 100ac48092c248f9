import { expect, test } from "vitest";
import { describeInterface, type NetworkInterface, vpnWarning } from "./network-interface.ts";

const wifi: NetworkInterface = {
  name: "wlan0",
  kind: "wifi",
  address: "192.168.1.23",
  gateway: "192.168.1.1",
  inUse: true,
};
const vpn: NetworkInterface = {
  name: "tun0",
  kind: "vpn",
  address: null,
  gateway: null,
  inUse: false,
};

test("a name and what it is", () => {
  expect(describeInterface(wifi)).toBe("Wi-Fi (wlan0), 192.168.1.23");
  expect(describeInterface({ ...wifi, name: "Wi-Fi" })).toBe("Wi-Fi, 192.168.1.23");
  expect(describeInterface(vpn)).toBe("VPN (tun0)");
});

test("a VPN is told of while traffic goes its way and ports are opened beside it", () => {
  expect(vpnWarning([vpn, wifi])).toContain("A VPN is on (tun0).");
  expect(vpnWarning([wifi, vpn])).toBeNull();
  expect(vpnWarning([{ ...vpn, inUse: true }])).toBeNull();
  expect(vpnWarning([vpn, { ...wifi, inUse: false }])).toBeNull();
  expect(vpnWarning([])).toBeNull();
});
