import { expect, test } from "vitest";
import { natPmpWorld } from "../../../../test/gateway/natpmp-world.ts";
import { granted, never, watch, wish } from "../../../../test/gateway/pcp-world.ts";

test("lifetime 0 and port 0", async () => {
  const { clock, gateway, client } = natPmpWorld();
  watch(client.map(wish(), never));
  await clock.advance(1);
  const gone = watch(client.unmap(wish(), never));
  await clock.advance(1);
  expect(gone.value).toEqual({ kind: "gone" });
  expect(gateway.mappings).toEqual([]);
  expect(gateway.received.at(-1)?.request).toEqual({
    kind: "map",
    transport: "tcp",
    internalPort: 8080,
    suggestedPort: 0,
    lifetime: 0,
  });
});

test("a late grant does not answer it, nor a late deletion a new request", async () => {
  const { clock, gateway, client } = natPmpWorld();
  gateway.script.delay = 100;
  const first = new AbortController();
  watch(client.map(wish(), first.signal));
  await clock.advance(50);
  first.abort();
  const second = new AbortController();
  const gone = watch(client.unmap(wish(), second.signal));
  await clock.advance(60);
  expect(gone.value).toBeUndefined();
  second.abort();
  const again = watch(client.map(wish(), never));
  await clock.advance(60);
  expect(again.value).toBeUndefined();
  await clock.advance(400);
  expect(again.value).toEqual(granted);
});

test("what was made by hand is not ours to delete", async () => {
  const { clock, gateway, client } = natPmpWorld();
  gateway.script.results = { map: 2 };
  const gone = watch(client.unmap(wish(), never));
  await clock.advance(1);
  expect(gone.value).toEqual({ kind: "gone" });
});
