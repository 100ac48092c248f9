import { expect, test } from "vitest";
import type { LocalAddress } from "../environment.ts";
import { homeAddress } from "./home-address.ts";

const own = (address: string, prefixLength: number, name: string): LocalAddress => ({
  interface: name,
  family: address.includes(":") ? 6 : 4,
  address,
  prefixLength,
});
const all = [
  own("10.8.0.2", 24, "tun0"),
  own("172.17.0.1", 16, "docker0"),
  own("fe80::10", 64, "eth0"),
  own("192.168.1.10", 24, "eth0"),
];

test.each([
  ["the network of the router", ["192.168.1.1"], "192.168.1.10"],
  [
    "that of the nearer router, where another stands before it",
    ["10.0.0.1", "192.168.1.1"],
    "192.168.1.10",
  ],
  ["nowhere by IPv6", ["fe80::1"], null],
  ["nowhere without a router", [], null],
])("%s", (_what, routers, address) => {
  expect(homeAddress(all, routers)).toBe(address);
});
