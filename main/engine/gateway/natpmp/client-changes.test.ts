import { expect, test } from "vitest";
import { natPmpWorld } from "../../../../test/gateway/natpmp-world.ts";
import { never, watch, wish } from "../../../../test/gateway/pcp-world.ts";
import type { UdpAddress } from "../../environment.ts";

test("a restart shows at the next answer", async () => {
  const { clock, gateway, client, lost } = natPmpWorld();
  watch(client.map(wish(), never));
  await clock.advance(60_000);
  gateway.reboot();
  watch(client.map(wish({ renewal: true }), never));
  await clock.advance(1);
  expect(lost).toEqual(["epoch"]);
});

/** A client that knows its gateway, a minute after it was asked; `announce` brings it an announcement. */
async function acquainted() {
  const world = natPmpWorld();
  const { clock, gateway, client } = world;
  watch(client.probe(never));
  await clock.advance(60_000);
  gateway.received.length = 0;
  const announce = (datagram = gateway.announcement(), from: Partial<UdpAddress> = {}) =>
    client.announced(datagram, { ...gateway.address, ...from });
  /** One that the gateway never sent. */
  const forged = (externalAddress: string, epoch = 0) => {
    const { externalAddress: honest, script } = gateway;
    const { epoch: real } = script;
    Object.assign(gateway, { externalAddress });
    script.epoch = () => epoch;
    const datagram = gateway.announcement();
    Object.assign(gateway, { externalAddress: honest });
    script.epoch = real;
    return datagram;
  };
  return { ...world, announce, forged };
}

test("an announcement of a new address: asked for at once, and told with the answer", async () => {
  const { clock, gateway, client, lost, moved, announce } = await acquainted();
  gateway.externalAddress = "203.0.113.9";
  announce();
  announce();
  expect(client.externalAddress).toBe("203.0.113.7");
  await clock.advance(1);
  expect(client.externalAddress).toBe("203.0.113.9");
  expect(moved).toEqual(["announce: 203.0.113.9"]);
  expect(lost).toEqual(["announce"]);
  announce();
  await clock.advance(10_000);
  expect(gateway.received.map(({ request }) => request)).toEqual([{ kind: "address" }]);
  expect(lost).toEqual(["announce"]);
});

test("an announcement of a restart: the answer bears it out, once", async () => {
  const { clock, gateway, lost, moved, announce } = await acquainted();
  gateway.reboot();
  for (let copy = 0; copy < 10; copy += 1) {
    announce();
    await clock.advance(250 * 2 ** copy);
  }
  expect(lost).toEqual(["announce"]);
  expect(moved).toEqual([]);
  expect(gateway.received).toHaveLength(1);
});

test("an announcement that is lost on the way, or its answer: asked again", async () => {
  const { clock, gateway, moved, announce } = await acquainted();
  gateway.script.drop = 1;
  gateway.externalAddress = "203.0.113.9";
  announce();
  await clock.advance(251);
  expect(moved).toEqual(["announce: 203.0.113.9"]);
});

test("announcements of others, and those without news, cost nothing", async () => {
  const { clock, gateway, lost, announce } = await acquainted();
  announce();
  gateway.externalAddress = "203.0.113.9";
  announce(gateway.announcement(), { address: "192.0.2.66" });
  announce(gateway.announcement(), { port: 5350 });
  announce(Uint8Array.of(0, 128, 0, 0));
  await clock.advance(10_000);
  expect(gateway.received).toEqual([]);
  expect(lost).toEqual([]);
});

test("a forger gets one small question in three seconds, and is believed nothing", async () => {
  const { clock, gateway, client, lost, moved, announce, forged } = await acquainted();
  const address = client.externalAddress;
  for (let time = 0; time < 59_000; time += 50) {
    announce(forged("6.6.6.6", time % 100));
    await clock.advance(50);
  }
  expect(gateway.received).toHaveLength(20);
  expect(new Set(gateway.received.map(({ request }) => request?.kind))).toEqual(
    new Set(["address"]),
  );
  expect([lost, moved, client.externalAddress]).toEqual([[], [], address]);
  // And it hides no true loss.
  gateway.reboot();
  gateway.externalAddress = "203.0.113.9";
  announce();
  await clock.advance(3000);
  expect(lost).toEqual(["announce"]);
  expect(moved).toEqual(["announce: 203.0.113.9"]);
});

test("a gateway that announces and does not answer is asked for three seconds, until it says more", async () => {
  const { clock, gateway, client, lost, announce } = await acquainted();
  gateway.script.silent = true;
  gateway.reboot();
  announce();
  await clock.advance(60_000);
  expect(gateway.received).toHaveLength(4);
  gateway.script.silent = false;
  announce();
  await clock.advance(1);
  expect(lost).toEqual(["announce"]);
  announce();
  client.close();
  expect(clock.pending).toBe(0);
});

test("a new address that nobody announced shows at the next question", async () => {
  const { clock, gateway, client, lost, moved } = await acquainted();
  gateway.externalAddress = "203.0.113.9";
  watch(client.probe(never));
  await clock.advance(1);
  expect(moved).toEqual(["epoch: 203.0.113.9"]);
  expect(lost).toEqual(["epoch"]);
});
