import { expect, test } from "vitest";
import { never, pcpWorld, watch, wish } from "../../../../test/gateway/pcp-world.ts";

/** A router that takes `milliseconds` for each answer, and a hundred wishes at once. */
function hundred(milliseconds: number, signal = never) {
  const world = pcpWorld();
  world.gateway.script.delay = milliseconds;
  const outcomes = Array.from({ length: 100 }, (_, index) =>
    watch(
      world.client.map(
        wish({ internalPort: 1000 + index, nonce: world.random.bytes(12) }),
        index === 50 ? signal : never,
      ),
    ),
  );
  const answered = () => outcomes.filter(({ value }) => value?.kind === "granted").length;
  return { ...world, outcomes, answered };
}

test("four at a time, and none of them twice", async () => {
  const { clock, gateway, answered } = hundred(140);
  await clock.advance(139);
  expect([gateway.maps.length, answered()]).toEqual([4, 0]);
  await clock.advance(1);
  expect([gateway.maps.length, answered()]).toEqual([8, 4]);
  await clock.advance(24 * 140);
  expect([gateway.received.length, answered()]).toEqual([100, 100]);
});

test("one without an answer does not keep the others waiting", async () => {
  const { clock, gateway, client, random } = pcpWorld();
  gateway.script.silent = true;
  for (let index = 0; index < 12; index += 1) {
    watch(client.map(wish({ internalPort: 1000 + index, nonce: random.bytes(12) }), never));
  }
  const asked = () =>
    new Set(
      gateway.maps.map(({ request }) =>
        request?.body.opcode === "map" ? request.body.internalPort : null,
      ),
    ).size;
  await clock.advance(100);
  expect(asked()).toBe(4);
  await clock.advance(8000);
  expect(asked()).toBe(12);
  client.close();
  expect(clock.pending).toBe(0);
});

test("what is given up before its turn is never asked", async () => {
  const abort = new AbortController();
  const { clock, gateway, outcomes } = hundred(150, abort.signal);
  await clock.advance(100);
  abort.abort("enough");
  await clock.advance(10_000);
  expect(outcomes[50]?.error).toBe("enough");
  expect(outcomes[51]?.value).toMatchObject({ kind: "granted" });
  expect(gateway.maps).toHaveLength(99);
});

test("closing ends those that wait", async () => {
  const { clock, client, outcomes } = hundred(150);
  await clock.advance(100);
  client.close();
  await clock.advance(10_000);
  expect(outcomes.filter(({ error }) => error !== undefined)).toHaveLength(100);
  expect(clock.pending).toBe(0);
});
