import { describe, expect, test } from "vitest";
import {
  canBeExternal,
  decodeAddress,
  encodeAddress,
  sameAddress,
  sameSource,
} from "./addresses.ts";

describe("addresses", () => {
  test.each(["192.0.2.1", "0.0.0.0", "::", "2001:db8::1", "fe80::1", "64:ff9b::102:304"])(
    "%s survives the wire",
    (address) => {
      const bytes = encodeAddress(address);
      expect(bytes).toHaveLength(16);
      expect(decodeAddress(bytes ?? new Uint8Array(16))).toBe(address);
    },
  );

  test.each(["", "1", "010.0.0.1", "1.2.3", "1.2.3.4.5", "host", "fe80::g", "1.2.3.256"])(
    "%j is no address",
    (text) => {
      expect(encodeAddress(text)).toBeNull();
    },
  );

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

  test.each([
    ["203.0.113.7", true],
    ["10.0.0.1", true],
    ["127.0.0.1", true],
    ["2001:db8::1", true],
    ["0.0.0.0", false],
    ["::", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["ff02::1", false],
  ])("%s can be the outside of a mapping: %s", (address, expected) => {
    expect(canBeExternal(address)).toBe(expected);
  });
});
