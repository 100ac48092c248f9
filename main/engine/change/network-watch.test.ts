import { expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { SimulatedLan } from "../../../test/fixtures/simulated-lan.ts";
import { NetworkWatch } from "./network-watch.ts";

async function world(routePoll = 2000) {
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  network.gateways = [{ address: "192.0.2.1", family: 4, interface: "eth0" }];
  const lan = new SimulatedLan(clock, network);
  let reads = 0;
  const read = network.defaultRoutes.bind(network);
  network.defaultRoutes = () => {
    reads += 1;
    return read();
  };
  const changes: number[] = [];
  const watch = new NetworkWatch({
    environment,
    lan,
    routePoll,
    onChange: () => changes.push(clock.monotonic()),
  });
  watch.start();
  await clock.advance(1000);
  return { clock, network, lan, changes, watch, reads: () => reads };
}

test("what is there at the start is no change, nor what stays", async () => {
  const { clock, changes } = await world();
  await clock.advance(600_000);
  expect(changes).toEqual([]);
});

test("another gateway, another address, none, and back: each told once", async () => {
  const { clock, network, changes } = await world();
  network.gateways = [{ address: "192.0.2.254", family: 4, interface: "eth0" }];
  await clock.advance(10_000);
  network.localAddress = "192.0.2.11";
  await clock.advance(10_000);
  network.gateways = [];
  await clock.advance(10_000);
  network.gateways = [{ address: "192.0.2.254", family: 4, interface: "eth0" }];
  await clock.advance(10_000);
  expect(changes).toEqual([2000, 12_000, 22_000, 32_000]);
});

test("a container that comes and goes beside the way out is no change", async () => {
  const { clock, lan, changes } = await world();
  lan.others = [{ interface: "veth1", family: 4, address: "172.17.0.1", prefixLength: 16 }];
  await clock.advance(10_000);
  expect(changes).toEqual([]);
});

test("without a gateway every address counts", async () => {
  const { clock, network, lan, changes } = await world();
  network.gateways = [];
  await clock.advance(2000);
  lan.others = [{ interface: "wlan0", family: 4, address: "172.17.0.1", prefixLength: 16 }];
  await clock.advance(2000);
  expect(changes).toHaveLength(2);
});

test("dear routes are read seldom, but at once when an address changed", async () => {
  const { clock, network, changes, reads } = await world(15_000);
  await clock.advance(60_000);
  expect(reads()).toBeLessThanOrEqual(5);
  network.gateways = [{ address: "192.0.2.254", family: 4, interface: "eth0" }];
  network.localAddress = "192.0.2.11";
  const before = clock.monotonic();
  await clock.advance(2000);
  expect(changes).toHaveLength(1);
  expect(changes[0]).toBeLessThanOrEqual(before + 2000);
});

test("the kernel is asked for its interfaces once a look", async () => {
  const { clock, lan } = await world();
  let asked = 0;
  const ask = lan.localAddresses.bind(lan);
  lan.localAddresses = () => {
    asked += 1;
    return ask();
  };
  await clock.advance(20_000);
  expect(asked).toBe(10);
});

test("routes that cannot be read are no news", async () => {
  const { clock, network, changes } = await world();
  network.defaultRoutes = () => Promise.reject(new Error("EACCES"));
  await clock.advance(60_000);
  expect(changes).toEqual([]);
});

test("stop ends it", async () => {
  const { clock, network, changes, watch } = await world();
  watch.stop();
  network.localAddress = "192.0.2.11";
  await clock.advance(60_000);
  expect(changes).toEqual([]);
  expect(clock.pending).toBe(0);
});
