/** The same budget for a router over IPv6: PCP, and its UPnP firewall. */
import { expect, test } from "vitest";
import { simulatedEnvironment } from "../../../test/fixtures/environment.ts";
import { SimulatedLan } from "../../../test/fixtures/simulated-lan.ts";
import { FakeFirewall } from "../../../test/gateway/fake-firewall.ts";
import { MapperChoice } from "./mapper-choice.ts";
import { PcpClient } from "./pcp/client.ts";
import { PinholeClient } from "./upnp/firewall/pinhole-client.ts";

/** A router whose UPnP firewall alone answers, if anything does. */
async function verdict(prepare: (firewall: FakeFirewall) => void) {
  const environment = simulatedEnvironment();
  const { clock, network } = environment;
  const lan = new SimulatedLan(clock, network);
  const firewall = new FakeFirewall({ clock, network, lan });
  // Its port is open, and nobody answers there.
  network.bind({ address: firewall.address, port: 5351 }, () => undefined);
  prepare(firewall);
  const gateway = { address: firewall.address, localAddress: "2001:db8::10" };
  const choice = new MapperChoice({
    environment,
    mappers: [new PcpClient(environment, gateway), new PinholeClient(environment, lan, gateway)],
    history: () => "none",
    onChange: () => undefined,
  });
  choice.check();
  await clock.advanceUntil(() => choice.mapper !== null || choice.state === "silent", 10_000);
  choice.close();
  return {
    protocol: choice.mapper?.protocol ?? null,
    at: clock.monotonic(),
    datagrams: network.sent,
  };
}

test.each([0, 500, 1000])("answered after %i ms, and with its first search lost", async (delay) => {
  const whole = await verdict((firewall) => (firewall.searchDelay = delay));
  expect(whole.protocol).toBe("upnp");
  expect(whole.datagrams).toBeLessThanOrEqual(6);
  const lossy = await verdict((firewall) => {
    firewall.searchDelay = delay;
    firewall.drop = 1;
  });
  expect(lossy.protocol).toBe("upnp");
  expect(lossy.datagrams).toBeLessThanOrEqual(6);
  expect(lossy.at - whole.at).toBeLessThanOrEqual(300);
});

test("silence is told within three seconds", async () => {
  const told = await verdict((firewall) => (firewall.drop = 99));
  expect(told.protocol).toBeNull();
  expect(told.at).toBeLessThanOrEqual(3000);
  expect(told.datagrams).toBeLessThanOrEqual(8);
});
