import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepFresh } from "./freshness.ts";
import { FakeBridge } from "./testing/fake-bridge.ts";
import { sampleSnapshot } from "./testing/samples.ts";

let fake: FakeBridge;

beforeEach(() => {
  vi.useFakeTimers();
  fake = new FakeBridge(sampleSnapshot());
  vi.stubGlobal("homeport", fake.bridge);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const asked = () => fake.requestsOf("refreshServers").length;

function show(seen: boolean): void {
  vi.spyOn(document, "hidden", "get").mockReturnValue(!seen);
  document.dispatchEvent(new Event("visibilitychange"));
}

it("asks at once and twice a minute, only while the window is seen", () => {
  const stop = keepFresh(document);
  expect(asked()).toBe(1);
  vi.advanceTimersByTime(60_000);
  expect(asked()).toBe(3);
  show(false);
  vi.advanceTimersByTime(3600_000);
  expect(asked()).toBe(3);
  show(true);
  expect(asked()).toBe(4);
  stop();
  show(true);
  vi.advanceTimersByTime(60_000);
  expect(asked()).toBe(4);
});
