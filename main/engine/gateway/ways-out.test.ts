import { expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { SimulatedLan } from "../../../test/fixtures/simulated-lan.ts";
import { interfacesOf, readWaysOut } from "./ways-out.ts";

async function interfaces(chosen: string | null) {
  const { clock, network } = simulatedEnvironment();
  const lan = new SimulatedLan(clock, network);
  lan.others = [
    { interface: "wlan0", family: 6, address: "2001:db8::5", prefixLength: 64 },
    { interface: "wlan0", family: 4, address: "192.168.1.23", prefixLength: 24 },
  ];
  network.gateways = [
    { address: null, family: 4, interface: "tun0", kind: "vpn" },
    { address: "192.0.2.1", family: 4, interface: "eth0" },
    { address: "192.168.1.1", family: 4, interface: "wlan0", kind: "wifi" },
    { address: "fe80::1%eth0", family: 6, interface: "eth0" },
  ];
  return interfacesOf(await readWaysOut(network, lan, chosen));
}

test("each once, with its address and router, and which is in use", async () => {
  expect(await interfaces(null)).toEqual([
    { name: "tun0", kind: "vpn", address: null, gateway: null, inUse: false },
    { name: "eth0", kind: "ethernet", address: "192.0.2.10", gateway: "192.0.2.1", inUse: true },
    { name: "wlan0", kind: "wifi", address: "192.168.1.23", gateway: "192.168.1.1", inUse: false },
  ]);
});

test("the user's choice is the one in use; one that is away leaves none", async () => {
  const inUse = async (chosen: string) =>
    (await interfaces(chosen)).filter((one) => one.inUse).map(({ name }) => name);
  expect(await inUse("wlan0")).toEqual(["wlan0"]);
  expect(await inUse("wlan7")).toEqual([]);
});
