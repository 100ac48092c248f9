import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { problem } from "../shared/problems.ts";
import type { Exposure, Name, Snapshot } from "../shared/snapshot.ts";
import { settledChanges, startAnnouncements } from "./announcements.ts";
import { receive, useWindowStore } from "./store.ts";
import { sampleExposure, sampleName, sampleServer, sampleSnapshot } from "./testing/samples.ts";
import { closeWindow } from "./testing/window.tsx";

const open = "caddy, tcp/8080: Open on the router. Public address 198.51.100.7:8080.";

let revision = 0;

function snapshotOf(...exposures: Exposure[]): Snapshot {
  revision += 1;
  return sampleSnapshot({ revision, exposures, servers: [sampleServer()] });
}

describe("settledChanges", () => {
  const after = (first: Snapshot, second: Snapshot) =>
    settledChanges(settledChanges(new Map(), first).said, second).say;

  it("says what an exposure has come to, with its address", () => {
    const asking = sampleExposure({ state: "mapping", endpoint: null });
    expect(after(snapshotOf(asking), snapshotOf(sampleExposure()))).toEqual([open]);
  });

  it("says nothing of a renewal, nor of the way to it", () => {
    const renewed = sampleExposure({ expiresAt: "2026-05-04T15:00:00.000Z" });
    expect(after(snapshotOf(sampleExposure()), snapshotOf(renewed))).toEqual([]);
    const { said } = settledChanges(new Map(), snapshotOf(sampleExposure()));
    const onTheWay = settledChanges(said, snapshotOf(sampleExposure({ state: "mapping" })));
    expect(onTheWay.say).toEqual([]);
    expect(settledChanges(onTheWay.said, snapshotOf(sampleExposure())).say).toEqual([]);
  });

  it("says a moved address, a reason and an end", () => {
    const moved = sampleExposure({ endpoint: { address: "198.51.100.9", port: 8080 } });
    const failed = sampleExposure({
      state: "failed",
      endpoint: null,
      error: problem("no-response"),
    });
    const before = snapshotOf(sampleExposure());
    expect(after(before, snapshotOf(moved))[0]).toContain("Public address 198.51.100.9:8080.");
    expect(after(before, snapshotOf(failed))[0]).toMatch(/Not open\. The router does not answer\./);
    expect(after(before, snapshotOf())).toEqual(["tcp/8080 is closed."]);
  });
});

describe("of names, settledChanges", () => {
  const namesAfter = (first: Name[], second: Name[]) => {
    const { said } = settledChanges(new Map(), sampleSnapshot({ names: first }));
    return settledChanges(said, sampleSnapshot({ names: second })).say;
  };
  const writing = sampleName({ state: "writing" });

  it("says that all DNS servers tell one, and nothing on the way there", () => {
    expect(namesAfter([], [writing])).toEqual([]);
    expect(namesAfter([writing], [sampleName({ state: "published" })])).toEqual([]);
    expect(namesAfter([writing], [sampleName()])).toEqual([
      "home.example.org: All DNS servers answer with it.",
    ]);
  });

  it("says why one is not written, once for all tries", () => {
    const error = problem("dns-unreachable");
    const failed = sampleName({ state: "error", error, nextAttempt: "2026-05-04T12:01:00.000Z" });
    const again = sampleName({ state: "error", error, nextAttempt: "2026-05-04T12:05:00.000Z" });
    expect(namesAfter([writing], [failed])).toEqual([
      "home.example.org: Not written. The DNS provider cannot be reached.",
    ]);
    expect(namesAfter([failed], [again])).toEqual([]);
  });

  it("says that one goes", () => {
    expect(namesAfter([sampleName()], [])).toEqual(["home.example.org leads here no more."]);
  });
});

describe("startAnnouncements", () => {
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    stop = startAnnouncements();
  });

  afterEach(() => {
    stop();
    closeWindow();
    vi.useRealTimers();
  });

  const spoken = () => useWindowStore.getState().spoken;

  it("does not say what stood when the window opened", () => {
    receive(snapshotOf(sampleExposure()));
    vi.runAllTimers();
    expect(spoken().count).toBe(0);
  });

  it("says changes of one moment together, once", () => {
    receive(snapshotOf());
    receive(snapshotOf(sampleExposure({ state: "mapping", endpoint: null })));
    receive(snapshotOf(sampleExposure(), sampleExposure({ internalPort: 9000 })));
    expect(spoken().count).toBe(0);
    expect(vi.getTimerCount()).toBe(1);
    vi.runAllTimers();
    expect(spoken()).toEqual({
      count: 1,
      text: `${open} Port 9000, tcp/9000: Open on the router. Public address 198.51.100.7:8080.`,
    });
  });

  it("says changes of names", () => {
    receive(snapshotOf());
    receive({ ...snapshotOf(), names: [sampleName()] });
    vi.runAllTimers();
    expect(spoken().text).toBe("home.example.org: All DNS servers answer with it.");
  });

  it("falls silent when stopped", () => {
    receive(snapshotOf());
    receive(snapshotOf(sampleExposure()));
    stop();
    vi.runAllTimers();
    expect(spoken().count).toBe(0);
  });
});

it("has the live region hold what is said, anew each time", async () => {
  const { say } = await import("./store.ts");
  const { openWindow, only } = await import("./testing/window.tsx");
  await openWindow(sampleSnapshot());
  await act(async () => say("Copied"));
  const first = only("output.visually-hidden > span");
  await act(async () => say("Copied"));
  expect(only("output.visually-hidden > span")).not.toBe(first);
  expect(only("output.visually-hidden").textContent).toBe("Copied");
  closeWindow();
});
