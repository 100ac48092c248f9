import { Socket } from "node:net";
import { beforeEach, expect, test } from "vitest";
import { SimulatedClock } from "../../../test/fixtures/simulated-clock.ts";
import { connectPatiently } from "./patient-connection.ts";

let clock: SimulatedClock;
let opened: { readonly at: number; readonly socket: Socket }[];
let outcomes: (Socket | string | null)[];

beforeEach(() => {
  clock = new SimulatedClock();
  opened = [];
  outcomes = [];
});

function connect(): () => void {
  const begun = clock.monotonic();
  return connectPatiently(
    {
      open: () => {
        const socket = new Socket();
        opened.push({ at: clock.monotonic() - begun, socket });
        return socket;
      },
      after: (delay, task) => clock.after(delay, task),
    },
    (error, socket) => outcomes.push(error?.message ?? socket),
  );
}

test("one that is made at once is the only one", async () => {
  connect();
  opened[0]?.socket.emit("connect");
  await clock.advance(60_000);
  expect(opened).toHaveLength(1);
  expect(outcomes).toEqual([opened[0]?.socket]);
});

test("a lost first packet costs 250 ms; one at a time is under way", async () => {
  connect();
  await clock.advance(250);
  expect(opened.map(({ at }) => at)).toEqual([0, 250]);
  expect(opened.map(({ socket }) => socket.destroyed)).toEqual([true, false]);
  opened[1]?.socket.emit("connect");
  await clock.advance(60_000);
  expect(outcomes).toEqual([opened[1]?.socket]);
});

test("the last one is waited for", async () => {
  connect();
  await clock.advance(60_000);
  expect(opened.map(({ at }) => at)).toEqual([0, 250, 850, 2050, 4450]);
  expect([outcomes, opened.at(-1)?.socket.destroyed]).toEqual([[], false]);
});

test("a refusal is told, once", async () => {
  connect();
  opened[0]?.socket.emit("error", new Error("ECONNREFUSED"));
  await clock.advance(60_000);
  expect([outcomes, opened.length]).toEqual([["ECONNREFUSED"], 1]);
});

test("given up, nothing is left", async () => {
  const giveUp = connect();
  await clock.advance(400);
  giveUp();
  await clock.advance(60_000);
  expect([outcomes, opened.length, clock.pending]).toEqual([[], 2, 0]);
  expect(opened.every(({ socket }) => socket.destroyed)).toBe(true);
});
