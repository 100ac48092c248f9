import { describe, expect, test } from "vitest";
import { never, pcpWorld, granted, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import * as replies from "../../../../test/gateway/replies.ts";

describe("loss of state", () => {
  async function readings(epochs: readonly number[], gap: number): Promise<readonly string[]> {
    const { clock, gateway, client, lost } = pcpWorld();
    for (const epoch of epochs) {
      gateway.script.epoch = () => epoch;
      watch(client.map(wish(), never));
      await clock.advance(gap * 1000);
    }
    return lost;
  }

  test.each([
    ["the first reading is any", [4_000_000_000], 100, 0],
    ["in step", [50, 150, 250], 100, 0],
    ["backwards", [1000, 0, 100], 100, 1],
    ["too fast", [0, 200, 300], 100, 1],
    ["stands still", [70, 70, 70], 100, 2],
    ["1/16 slow", [0, 940, 1880], 1000, 0],
    ["1/16 fast", [0, 1060, 2120], 1000, 0],
  ])("epoch %s", async (_name, epochs, gap, times) => {
    expect(await readings(epochs, gap)).toEqual(Array.from({ length: times }, () => "epoch"));
  });

  test("a gateway that restarted is noticed by its next answer, an error too", async () => {
    const { clock, gateway, client, lost } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(100_000);
    gateway.reboot();
    gateway.script.spoil = [replies.withResult(8, 30)];
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(0);
    expect(lost).toEqual(["epoch"]);
  });

  test("a probe's answer tells too", async () => {
    const { clock, gateway, client, lost } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(100_000);
    gateway.reboot();
    watch(client.probe(never));
    await clock.advance(0);
    expect(lost).toEqual(["epoch"]);
  });

  test("an announcement counts from the gateway's own address and port alone", async () => {
    const { clock, gateway, client, lost } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(100_000);
    const honest = gateway.announcement();
    gateway.reboot();
    const news = gateway.announcement();
    client.announced(news, { address: "192.0.2.66", port: 5351 });
    client.announced(news, { address: gateway.address.address, port: 5350 });
    client.announced(news.slice(0, 20), gateway.address);
    client.announced(honest, gateway.address);
    await clock.advance(1);
    expect(lost).toEqual([]);
    expect(gateway.announces).toEqual([]);
    for (let copy = 0; copy < 3; copy += 1) client.announced(news, gateway.address);
    await clock.advance(1);
    expect(lost).toEqual(["announce"]);
    // What it says later is no news any more.
    client.announced(gateway.announcement(), gateway.address);
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(10_000);
    expect(lost).toEqual(["announce"]);
    expect(gateway.announces).toHaveLength(1);
  });

  test("an epoch forged under the gateway's name is asked about with one small question, and no reading", async () => {
    const { clock, gateway, client, lost } = pcpWorld();
    watch(client.map(wish(), never));
    await clock.advance(100_000);
    const forged = gateway.announcement();
    new DataView(forged.buffer, forged.byteOffset).setUint32(8, 0);
    for (let time = 0; time < 59_000; time += 50) {
      client.announced(forged, gateway.address);
      await clock.advance(50);
    }
    expect(gateway.announces).toHaveLength(20);
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(100_000);
    expect(lost).toEqual([]);
    gateway.reboot();
    watch(client.map(wish({ renewal: true }), never));
    await clock.advance(0);
    expect(lost).toEqual(["epoch"]);
  });
});

describe("our own network", () => {
  test("no route: refused for a moment, and the next try opens a new socket", async () => {
    const { clock, network, client } = pcpWorld();
    network.connectError = "ENETUNREACH";
    const outcome = watch(client.map(wish(), never));
    const speaks = watch(client.probe(never));
    await clock.advance(100);
    expect(outcome.value).toMatchObject({
      problem: { code: "network-unreachable", message: expect.stringContaining("ENETUNREACH") },
      retryAfter: 5,
    });
    expect(speaks.value).toBeUndefined();
    network.connectError = null;
    await clock.advance(150);
    expect(speaks.value).toBe(true);
  });

  test("a socket whose address went away is replaced, with the new address in the request", async () => {
    const { clock, network, gateway, client } = pcpWorld();
    gateway.script.drop = 1;
    const outcome = watch(client.map(wish(), never));
    await clock.advance(100);
    network.localAddress = "192.0.2.20";
    client.networkChanged();
    await clock.advance(4000);
    expect(outcome.value).toEqual(granted);
    expect(gateway.maps.map(({ request }) => request?.clientAddress)).toEqual([
      "192.0.2.10",
      "192.0.2.20",
    ]);
    network.fail("EADDRNOTAVAIL");
    await clock.advance(0);
    watch(client.map(wish(), never));
    await clock.advance(0);
    expect(network.opened).toBe(3);
    expect(network.openSockets).toBe(1);
  });

  test("a change while the socket opens loses nothing, not even a renewal's one datagram", async () => {
    const { clock, network, gateway, client } = pcpWorld();
    const outcome = watch(client.map(wish({ renewal: true }), never));
    client.networkChanged();
    await clock.advance(0);
    expect(outcome.value).toEqual(granted);
    expect(gateway.maps).toHaveLength(1);
    expect(network.openSockets).toBe(1);
  });

  test("a day of 30 % loss, duplicates and reordering: mapped all along", async () => {
    const { clock, network, gateway, client } = pcpWorld({ seed: 42 });
    network.toServer = { loss: 0.3, duplication: 0.2, delay: 5, spread: 2500 };
    network.toClient = network.toServer;
    for (let hour = 0; hour < 24; hour += 1) {
      const outcome = watch(client.map(wish(), never));
      await clock.advance(3_600_000);
      expect(outcome.value).toEqual(granted);
      expect(gateway.server.mappings).toHaveLength(1);
    }
    expect(network.sent).toBeLessThan(24 * 7);
  });
});
