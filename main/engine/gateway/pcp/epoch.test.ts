import { describe, expect, test } from "vitest";
import { EpochWatch, isEpochValid } from "./epoch.ts";

const valid = (serverDelta: number, clientDelta: number): boolean =>
  isEpochValid(
    { server: 10_000, client: 500 },
    { server: 10_000 + serverDelta, client: 500 + clientDelta },
  );

describe("epoch (RFC 6887 §8.5)", () => {
  test.each([
    // Backwards by one second passes, by two does not.
    [-1, 0, true],
    [-2, 0, false],
    // Both clocks alike.
    [0, 0, true],
    [3600, 3600, true],
    // The server's runs ahead: 34 - 34/16 = 32 = 30 + 2, 35 - 2 = 33.
    [34, 30, true],
    [35, 30, false],
    // It lags behind: the same bounds the other way.
    [30, 34, true],
    [30, 35, false],
    // A clock 1/16 fast or slow is borne for any time.
    [3840, 3600, true],
    [3845, 3600, false],
    [3600, 3840, true],
    [3600, 3845, false],
  ])("server %i s, client %i s later: valid is %s", (server, client, expected) => {
    expect(valid(server, client)).toBe(expected);
  });

  test("the first reading is valid, and each one becomes the reference", () => {
    const watch = new EpochWatch();
    expect(watch.observe(99, 0)).toBe(true);
    expect(watch.observe(0, 1000)).toBe(false);
    expect(watch.observe(1, 2000)).toBe(true);
  });
});
