import { expect, test } from "vitest";
import { SimulatedClock } from "../../test/fixtures/simulated-clock.ts";
import { PacedTask } from "./paced-task.ts";

/** A task that takes `takes` milliseconds each time; `ran` tells when. */
function world(takes: number) {
  const clock = new SimulatedClock();
  let spent = 0;
  const ran: number[] = [];
  const slow = {
    monotonic: () => clock.monotonic() + spent,
    now: () => clock.now() + spent,
    after: clock.after.bind(clock),
  };
  const task = new PacedTask(slow, () => {
    ran.push(clock.monotonic());
    spent += takes;
  });
  return { clock, task, ran };
}

test("what is asked for in one moment is done once, at its end", async () => {
  const { clock, task, ran } = world(0);
  task.ask();
  task.ask();
  expect(ran).toEqual([]);
  await clock.advance(0);
  expect(ran).toHaveLength(1);
  task.ask();
  await clock.advance(0);
  expect(ran).toHaveLength(2);
});

test("a dear one rests four times as long as it took, and is done after that for all that asked", async () => {
  const { clock, task, ran } = world(10);
  task.ask();
  await clock.advance(0);
  for (let at = 0; at < 20; at += 1) {
    task.ask();
    await clock.advance(1);
  }
  expect(ran).toHaveLength(1);
  await clock.advance(19);
  expect(ran).toHaveLength(1);
  await clock.advance(1);
  expect(ran).toHaveLength(2);
});

test("never for longer than a quarter of a second", async () => {
  const { clock, task, ran } = world(5000);
  task.ask();
  await clock.advance(0);
  task.ask();
  await clock.advance(250);
  expect(ran).toHaveLength(2);
});
