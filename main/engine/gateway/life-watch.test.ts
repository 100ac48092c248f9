import { expect, test } from "vitest";
import { SimulatedClock } from "../../../test/fixtures/simulated-clock.ts";
import type { MappingProtocol } from "../../../shared/snapshot.ts";
import { LifeWatch } from "./life-watch.ts";
import type { PortMapper } from "./port-mapper.ts";

const HOUR = 3_600_000;

/** Watches a gateway that answers as told; null: not at all. */
function watching(protocol: MappingProtocol) {
  const clock = new SimulatedClock();
  const world = { answer: true as boolean | null, asked: [] as number[], silent: [] as number[] };
  const mapper: PortMapper = {
    protocol,
    probe: (signal) => {
      world.asked.push(clock.monotonic() - begun);
      const { answer } = world;
      if (answer !== null) return Promise.resolve(answer);
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    },
    map: () => Promise.reject(new Error("not asked")),
    unmap: () => Promise.reject(new Error("not asked")),
    onStateLost: () => undefined,
    close: () => undefined,
  };
  const onSilent = (): void => void world.silent.push(clock.monotonic() - begun);
  const watch = new LifeWatch({ clock, onSilent });
  const begun = clock.monotonic();
  watch.begin(mapper);
  return { clock, world, watch };
}

test.each([
  ["pcp", 138],
  ["nat-pmp", 138],
  ["upnp", 60],
] as const)("%s: %d questions an hour", async (protocol, most) => {
  const { clock, world } = watching(protocol);
  await clock.advance(HOUR);
  expect(world.asked).toHaveLength(most);
  expect(world.silent).toEqual([]);
});

test.each(["pcp", "nat-pmp", "upnp"] as const)(
  "%s: one that is silent for a minute is told so, and asked no more by us",
  async (protocol) => {
    const { clock, world } = watching(protocol);
    world.answer = null;
    await clock.advance(HOUR);
    expect(world.silent).toHaveLength(1);
    expect(world.silent[0]).toBeGreaterThanOrEqual(45_000);
    expect(world.silent[0]).toBeLessThanOrEqual(66_000);
  },
);

test("a question that was lost is asked again, and an answer is the end of the doubt", async () => {
  const { clock, world } = watching("nat-pmp");
  world.answer = null;
  await clock.advance(51_000);
  world.answer = true;
  await clock.advance(26_000);
  world.answer = null;
  await clock.advance(30_000);
  expect(world.asked).toEqual([26_000, 52_000, 78_000, 104_000]);
  expect(world.silent).toEqual([]);
});

test("one that says no is believed at once", async () => {
  const { clock, world } = watching("pcp");
  world.answer = false;
  await clock.advance(26_000);
  expect(world.silent).toEqual([26_000]);
});

test("ends without a timer", async () => {
  const { clock, world, watch } = watching("pcp");
  world.answer = null;
  await clock.advance(27_000);
  watch.end();
  await clock.advance(HOUR);
  expect(world.asked).toHaveLength(1);
  expect([world.silent, clock.pending]).toEqual([[], 0]);
});
