import { expect, test } from "vitest";
import { SimulatedClock } from "../../../test/fixtures/simulated-clock.ts";
import { WakeWatch } from "./wake-watch.ts";

function world({ tellsUptime = true } = {}) {
  const clock = new SimulatedClock();
  const seen: [string, number][] = [];
  // Timers of a stopped process run late: what it set goes off when it goes on.
  let stopped = 0;
  const watch = new WakeWatch({
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      ...(tellsUptime && { uptime: () => clock.uptime() }),
      after: (delay, task) => {
        const late = stopped;
        stopped = 0;
        return clock.after(delay + late, task);
      },
    },
    onWake: (kind, seconds) => seen.push([kind, seconds]),
  });
  return { clock, watch, seen, stopNext: (milliseconds: number) => (stopped = milliseconds) };
}

test("nothing is told while time passes as it should", async () => {
  const { clock, watch, seen } = world();
  watch.start();
  await clock.advance(3_600_000);
  expect(seen).toEqual([]);
});

test("a process that did not run for a while", async () => {
  const { clock, watch, seen, stopNext } = world();
  watch.start();
  stopNext(600_000);
  await clock.advance(700_000);
  expect(seen).toEqual([["stopped", 600]]);
});

test.each([true, false])(
  "stopped for twenty seconds already (uptime told: %s)",
  async (tellsUptime) => {
    const { clock, watch, seen, stopNext } = world({ tellsUptime });
    watch.start();
    stopNext(20_000);
    await clock.advance(60_000);
    expect(seen).toEqual([["stopped", 20]]);
  },
);

test("a sleep is told from a clock that was set, where the system knows how long it is up", async () => {
  const { clock, watch, seen } = world();
  watch.start();
  await clock.advance(7000);
  clock.sleep(3_600_000);
  await clock.advance(5000);
  clock.jump(3_600_000);
  await clock.advance(5000);
  expect(seen).toEqual([
    ["stopped", 3600],
    ["clock-jump", 3600],
  ]);
  const other = world({ tellsUptime: false });
  other.watch.start();
  other.clock.sleep(3_600_000);
  await other.clock.advance(5000);
  expect(other.seen).toEqual([["clock-jump", 3600]]);
});

test("a look that comes a little late is none", async () => {
  const { clock, watch, seen, stopNext } = world();
  watch.start();
  stopNext(9000);
  await clock.advance(60_000);
  expect(seen).toEqual([]);
});

test("a wall clock that jumps, in either direction, or stood still while the PC slept", async () => {
  const { clock, watch, seen } = world();
  watch.start();
  await clock.advance(7000);
  clock.jump(3_600_000);
  await clock.advance(5000);
  clock.jump(-10_000);
  await clock.advance(5000);
  clock.jump(1500);
  await clock.advance(60_000);
  expect(seen).toEqual([
    ["clock-jump", 3600],
    ["clock-jump", -10],
  ]);
});

test("stop ends it", async () => {
  const { clock, watch, seen } = world();
  watch.start();
  watch.stop();
  clock.jump(3_600_000);
  await clock.advance(60_000);
  expect(seen).toEqual([]);
  expect(clock.pending).toBe(0);
});
