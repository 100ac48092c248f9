import { expect, test } from "vitest";
import { natPmpWorld } from "../../../../test/gateway/natpmp-world.ts";
import { never, watch, wish } from "../../../../test/gateway/pcp-world.ts";

test("a restart shows at the next answer", async () => {
  const { clock, gateway, client, lost } = natPmpWorld();
  watch(client.map(wish(), never));
  await clock.advance(60_000);
  gateway.reboot();
  watch(client.map(wish({ renewal: true }), never));
  await clock.advance(1);
  expect(lost).toEqual(["epoch"]);
});

test("announcements: from the gateway alone, and only news", async () => {
  const { clock, gateway, client, lost } = natPmpWorld();
  watch(client.probe(never));
  await clock.advance(60_000);
  const { address, port } = gateway.address;
  client.announced(gateway.announcement(), { address, port });
  expect(lost).toEqual([]);
  gateway.externalAddress = "203.0.113.9";
  client.announced(gateway.announcement(), { address: "192.0.2.66", port });
  client.announced(gateway.announcement(), { address, port: 5350 });
  expect(lost).toEqual([]);
  client.announced(gateway.announcement(), { address, port });
  client.announced(gateway.announcement(), { address, port });
  expect(lost).toEqual(["announce"]);
  watch(client.map(wish({ renewal: true }), never));
  await clock.advance(1);
  expect(lost).toEqual(["announce", "confirmed"]);
  expect(client.externalAddress).toBe("203.0.113.9");
});

test("an announcement under the gateway's name that is not its own changes nothing", async () => {
  const { clock, gateway, client, lost } = natPmpWorld();
  watch(client.map(wish(), never));
  await clock.advance(60_000);
  const honest = gateway.externalAddress;
  gateway.externalAddress = "6.6.6.6";
  const forged = gateway.announcement();
  gateway.externalAddress = honest;
  client.announced(forged, gateway.address);
  client.announced(forged, gateway.address);
  expect(client.externalAddress).toBe(honest);
  const again = watch(client.map(wish({ renewal: true }), never));
  await clock.advance(1);
  expect(again.value).toMatchObject({ kind: "granted", externalAddress: honest });
  expect(lost).toEqual(["announce"]);
  // And it hides no true loss afterwards.
  await clock.advance(60_000);
  gateway.reboot();
  watch(client.map(wish({ renewal: true }), never));
  await clock.advance(1);
  expect(lost).toEqual(["announce", "epoch"]);
});
