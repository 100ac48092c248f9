import { describe, expect, test } from "vitest";
import { canBeExternal, decodeAddress, encodeAddress } from "./addresses.ts";

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
