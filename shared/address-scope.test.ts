import { expect, test } from "vitest";
import { addressScope } from "./address-scope.ts";

test.each([
  ["52.3.4.5", "public"],
  ["2600:1f18::5", "public"],
  ["::ffff:52.3.4.5", "public"],
  ["192.168.1.2", "private"],
  ["10.0.0.1", "private"],
  ["172.31.255.255", "private"],
  ["fd00::1", "private"],
  ["fe80::1", "private"],
  ["100.64.0.1", "shared"],
  ["100.127.255.254", "shared"],
  ["100.128.0.1", "public"],
  ["100.63.255.255", "public"],
  ["172.32.0.1", "public"],
  ["192.0.0.2", "ds-lite"],
  ["192.0.0.7", "ds-lite"],
  ["192.0.0.8", "unusable"],
  ["127.0.0.1", "loopback"],
  ["::1", "loopback"],
  ["0.0.0.0", "unusable"],
  ["::", "unusable"],
  ["203.0.113.9", "unusable"],
  ["2001:db8::1", "unusable"],
  ["", "unusable"],
  ["router.example", "unusable"],
])("%s is %s", (address, scope) => {
  expect(addressScope(address)).toBe(scope);
});
