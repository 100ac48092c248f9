import { expect, test } from "vitest";
import { refusalOfHost } from "./other-hosts.ts";

const own = [
  { interface: "lo", family: 4, address: "127.0.0.1", prefixLength: 8 },
  { interface: "eth0", family: 4, address: "192.168.1.10", prefixLength: 24 },
] as const;

test.each([
  [undefined, undefined],
  ["192.168.1.20", undefined],
  ["192.168.1.10", "own-address"],
  ["192.168.1.1", "router-address"],
  ["192.168.2.20", "not-in-network"],
  ["52.3.4.5", "not-in-network"],
  ["127.0.0.2", "not-in-network"],
])("a port of %s: %s", (host, code) => {
  expect(refusalOfHost(host, own, ["192.168.1.1"])?.code).toBe(code);
});
