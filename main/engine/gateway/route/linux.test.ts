import { expect, test } from "vitest";
import { parseRoute4 } from "./linux.ts";

const header =
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n";

test("finds the default gateway of a home network", () => {
  const table = `${header}eth0\t00000000\t014DA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t004DA8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n`;
  expect(parseRoute4(table)).toEqual([{ address: "192.168.77.1", family: 4, interface: "eth0" }]);
});

test("prefers the lower metric", () => {
  const table = `${header}wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\neth0\t00000000\t014DA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`;
  expect(parseRoute4(table).map((gateway) => gateway.interface)).toEqual(["eth0", "wlan0"]);
});

test("ignores a default route without a gateway (VPN tunnel), routes that are down, and garbage", () => {
  const table = `${header}tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\neth1\t00000000\t014DA8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\nnonsense\n\n`;
  expect(parseRoute4(table)).toEqual([]);
});
