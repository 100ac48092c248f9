import { afterEach, expect, it } from "vitest";
import type { Notice } from "../../shared/snapshot.ts";
import { sampleSnapshot } from "../testing/samples.ts";
import { button, closeWindow, emit, only, openWindow, press } from "../testing/window.tsx";

afterEach(closeWindow);

const notice: Notice = { id: "settings-2", level: "warning", message: "“theme” is invalid." };

it("shows a notice until the engine takes it back", async () => {
  const fake = await openWindow(sampleSnapshot({ notices: [notice] }));
  expect(only(".banner-warning").textContent).toBe("“theme” is invalid.");
  await press("Dismiss");
  expect(fake.requestsOf("dismissNotice")).toEqual([{ id: "settings-2" }]);
  expect(only(".banner-warning")).toBeDefined();
  await emit(fake, sampleSnapshot({ revision: 2 }));
  expect(document.querySelector(".banner")).toBeNull();
});

it("tells the levels apart by the icon's shape", async () => {
  const info: Notice = { id: "i", level: "info", message: "x" };
  await openWindow(sampleSnapshot({ notices: [notice, info] }));
  const [one, two] = [".banner-warning", ".banner-info"].map(
    (level) => only(`${level} > .icon`).innerHTML,
  );
  expect(one).not.toBe(two);
});

it("shows why a command failed beside the notices, and dismisses that alone", async () => {
  const fake = await openWindow(sampleSnapshot({ notices: [notice] }));
  fake.refuse("dismissNotice", "Homeport is about to quit.");
  await press("Dismiss", only(".banner-warning"));
  const alert = only('[role="alert"]');
  expect(alert.textContent).toBe("Homeport is about to quit.");
  await press("Dismiss", alert);
  expect(document.querySelector('[role="alert"]')).toBeNull();
  expect(button("Dismiss", only(".banner-warning"))).toBeDefined();
});
