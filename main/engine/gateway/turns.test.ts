import { expect, test } from "vitest";
import { SimulatedClock } from "../../../test/fixtures/simulated-clock.ts";
import { Patience } from "./patience.ts";
import { Turns, type TurnsOptions } from "./turns.ts";

function world(options: Omit<TurnsOptions, "clock">) {
  const clock = new SimulatedClock();
  const turns = new Turns({ clock, ...options });
  const events: string[] = [];
  const take = (name: string) =>
    turns.take(
      () => events.push(name),
      (waits) => events.push(`${name} ${waits ? "waits" : "is next"}`),
    );
  return { clock, turns, events, take };
}

test("in order, and told only where there is a wait", () => {
  const { events, take } = world({ atOnce: 2 });
  const leaveA = take("a");
  take("b");
  take("c");
  const leaveD = take("d");
  expect(events).toEqual(["a", "b", "c waits", "d waits"]);
  leaveD();
  leaveA();
  leaveA();
  expect(events.slice(4)).toEqual(["c is next", "c"]);
});

test("one that takes long makes room, once", async () => {
  const { clock, events, take } = world({ atOnce: 1, longest: 1000 });
  const leaveA = take("a");
  take("b");
  take("c");
  await clock.advance(999);
  expect(events).not.toContain("b");
  await clock.advance(1);
  leaveA();
  expect(events.filter((event) => event.length === 1)).toEqual(["a", "b"]);
  await clock.advance(2000);
  expect(events).toContain("c");
  expect(clock.pending).toBe(0);
});

test("without a limit the next one waits until the end", async () => {
  const { clock, events, take } = world({ atOnce: 1 });
  const leave = take("a");
  take("b");
  await clock.advance(3_600_000);
  expect(events).toEqual(["a", "b waits"]);
  leave();
  expect(events.at(-1)).toBe("b");
});

test("patience begins when it is sent, is lost once, and ends with the answer", async () => {
  const { clock, turns } = world({ atOnce: 1 });
  const lost: string[] = [];
  const ask = (name: string) => {
    const patience = new Patience(clock, 3000, () => lost.push(name));
    const leave = turns.take(() => undefined, patience.queued);
    return () => {
      patience.end();
      leave();
    };
  };
  const answerA = ask("a");
  ask("b");
  await clock.advance(2999);
  expect(lost).toEqual([]);
  await clock.advance(60_000);
  expect(lost).toEqual(["a"]);
  answerA();
  await clock.advance(2999);
  expect(lost).toEqual(["a"]);
  await clock.advance(60_000);
  expect(lost).toEqual(["a", "b"]);
  expect(clock.pending).toBe(0);
});
