import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { describeBind, systemInterfaces } from "./bind.ts";

const names: Readonly<Record<string, string>> = {
  "192.168.1.2": "eth0",
  "10.8.0.2": "tun0",
  "100.100.1.2": "tailscale0",
  "10.6.0.2": "WireGuard Tunnel",
  "fe80::1": "eth0",
};

test.each([
  [["0.0.0.0"], "all", []],
  [["127.0.0.1", "::"], "all", []],
  [["127.0.0.1", "127.3.0.1", "::1"], "loopback", []],
  [["127.0.0.1", "192.168.1.2"], "interface", ["eth0"]],
  [["10.8.0.2"], "vpn", ["tun0"]],
  [["10.8.0.2", "100.100.1.2"], "vpn", ["tailscale0", "tun0"]],
  [["10.6.0.2"], "vpn", ["WireGuard Tunnel"]],
  [["fe80::1"], "link-local", ["eth0"]],
  [["169.254.3.4"], "link-local", []],
  [["10.8.0.2", "192.168.1.2", "fe80::1"], "interface", ["eth0"]],
  [["203.0.113.5"], "interface", []],
])("%j is %s %j", (addresses, kind, interfaces) => {
  expect(describeBind(addresses, (address) => names[address] ?? null)).toEqual({
    kind,
    interfaces,
  });
});

test("asks this system for its interfaces", () => {
  const [[name, infos] = ["", []]] = Object.entries(networkInterfaces());
  const interfaceOf = systemInterfaces(() => 0);
  expect(interfaceOf(infos?.[0]?.address ?? "")).toBe(name);
  expect(interfaceOf("203.0.113.99")).toBeNull();
});
