import { expect, test } from "vitest";
import { natPmpWorld } from "../../../../test/gateway/natpmp-world.ts";
import { granted, never, watch, wish } from "../../../../test/gateway/pcp-world.ts";

test.each(["other-address", "other-port"] as const)("from the %s", async (source) => {
  const { clock, gateway, client, network, lost } = natPmpWorld();
  network.filtersSource = false;
  watch(client.probe(never));
  await clock.advance(30_000);
  gateway.script.source = source;
  gateway.script.epoch = () => 0;
  gateway.externalAddress = "198.51.100.1";
  const outcome = watch(client.map(wish(), never));
  await clock.advance(200);
  expect(outcome.value).toBeUndefined();
  expect(lost).toEqual([]);
  gateway.script.source = "own";
  gateway.script.epoch = (real) => real;
  gateway.externalAddress = "203.0.113.7";
  await clock.advance(600);
  expect(outcome.value).toEqual(granted);
});

test("an answer of PCP that is not its UNSUPP_VERSION", async () => {
  const { clock, gateway, client } = natPmpWorld();
  watch(client.probe(never));
  await clock.advance(1);
  gateway.script.delay = 100;
  const outcome = watch(client.map(wish(), never));
  await clock.advance(50);
  gateway.sendToLastClient(Uint8Array.of(2, 0x81, 0, 0, 0, 0, 0x1c, 0x20));
  await clock.advance(150);
  expect(outcome.value).toEqual(granted);
});

test("nothing asked, nothing heard", async () => {
  const { clock, gateway, client, lost } = natPmpWorld();
  watch(client.probe(never));
  await clock.advance(20_000);
  gateway.sendToLastClient(Uint8Array.of(0, 128, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9));
  await clock.advance(1);
  expect(client.externalAddress).toBe("203.0.113.7");
  expect(lost).toEqual([]);
});

test("under loss, doubling and reordering everything is mapped in the end", async () => {
  const { clock, network, client } = natPmpWorld(5);
  const faults = { loss: 0.3, duplication: 0.2, delay: 5, spread: 400 };
  network.toServer = faults;
  network.toClient = faults;
  const outcomes = Array.from({ length: 20 }, (_, index) =>
    watch(client.map(wish({ internalPort: 3000 + index, suggestedPort: 3000 + index }), never)),
  );
  await clock.advance(60_000);
  expect(outcomes.filter(({ value }) => value?.kind !== "granted")).toEqual([]);
});
