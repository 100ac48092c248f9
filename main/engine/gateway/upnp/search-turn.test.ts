import { expect, test } from "vitest";
import { FakeFirewall } from "../../../../test/gateway/fake-firewall.ts";
import { never } from "../../../../test/gateway/pcp-world.ts";
import { upnpWorld } from "../../../../test/gateway/upnp-world.ts";
import { PinholeClient } from "./firewall/pinhole-client.ts";
import { searchTurn } from "./device/search-turn.ts";

test("one family waits for the other, and never for itself", () => {
  const { lan, clock } = upnpWorld();
  expect(searchTurn(lan, clock, 4)).toBe(0);
  expect(searchTurn(lan, clock, 4)).toBe(0);
  expect(searchTurn(lan, clock, 6)).toBe(100);
  expect(searchTurn(lan, clock, 4)).toBe(200);
  expect(searchTurn(upnpWorld().lan, clock, 6)).toBe(0);
});

test.each([0, 250, 350, 600, 700, 1250])(
  "no search over IPv6 in the instant of one over IPv4, begun %i ms apart",
  async (apart) => {
    const { environment, clock, network, lan, gateway, client } = upnpWorld();
    gateway.script.hears = "none";
    // It hears and does not answer, so that all searches go out.
    const hears4: number[] = [];
    for (const address of ["192.0.2.1", "239.255.255.250"]) {
      network.bind({ address, port: 1900 }, () => hears4.push(clock.monotonic()));
    }
    const firewall = new FakeFirewall({ clock, network, lan });
    firewall.location = "nonsense";
    const over6 = { address: firewall.address, localAddress: "2001:db8::10" };
    const pinholes = new PinholeClient(environment, lan, over6);
    void client.probe(never);
    clock.after(apart, () => void pinholes.probe(never));
    await clock.advance(8000);
    expect(hears4.length).toBeGreaterThan(8);
    expect(firewall.searches).toHaveLength(3);
    for (const at of firewall.searches) {
      for (const other of hears4) expect(Math.abs(at - other)).toBeGreaterThanOrEqual(100);
    }
  },
);
