import { expect, test } from "vitest";
import { isOnLink, sameAddress, sameSource } from "./addresses.ts";

test("spelling and zone do not matter, the address does", () => {
  expect(sameAddress("2001:DB8:0::1", "2001:db8::1")).toBe(true);
  expect(sameAddress("fe80::1%eth0", "fe80::1")).toBe(true);
  expect(sameAddress("::ffff:192.0.2.1", "192.0.2.1")).toBe(true);
  expect(sameAddress("192.0.2.1", "192.0.2.2")).toBe(false);
  expect(sameAddress("nonsense", "other nonsense")).toBe(false);
});

test.each([
  ["fe80::1%eth0", "fe80::1%eth0", true],
  ["FE80:0::1%eth0", "fe80::1%eth0", true],
  // The same number on another link is another host.
  ["fe80::1%eth1", "fe80::1%eth0", false],
  ["fe80::1", "fe80::1%eth0", false],
  ["fe80::2%eth0", "fe80::1%eth0", false],
  ["2001:db8::1", "2001:db8:0::1", true],
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "192.0.2.2", false],
])("a datagram from %s is from %s: %s", (source, address, expected) => {
  expect(sameSource(source, address)).toBe(expected);
});

test("only what is in a network of ours is on our link", () => {
  const own = [
    { interface: "eth0", family: 4, address: "192.0.2.10", prefixLength: 25 },
    { interface: "eth0", family: 6, address: "fe80::1", prefixLength: 64 },
  ] as const;
  expect(isOnLink("192.0.2.100", own)).toBe(true);
  expect(isOnLink("192.0.2.200", own)).toBe(false);
  expect(isOnLink("fe80::2", own)).toBe(true);
  expect(isOnLink("2001:db8::1", own)).toBe(false);
  expect(isOnLink("nobody", own)).toBe(false);
});
