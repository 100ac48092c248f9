/** The whole window against axe's rules. Colours are checked where there is a real page. */
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { problem } from "../shared/problems.ts";
import type { Snapshot } from "../shared/snapshot.ts";
import {
  sampleAccount,
  sampleExposure,
  sampleGame,
  sampleGateway,
  sampleName,
  sampleNameSetting,
  sampleNetworkService,
  sampleServer,
  sampleSnapshot,
} from "./testing/samples.ts";
import { button, closeWindow, openWindow, press, unfold } from "./testing/window.tsx";

// axe takes longer than a tick of the countdowns.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});

afterEach(() => {
  closeWindow();
  vi.useRealTimers();
});

const full = sampleSnapshot({
  gateways: [sampleGateway({ address: "127.77.0.1" })],
  servers: [
    sampleServer(),
    sampleGame({ warnings: ["open-to-strangers"] }),
    sampleServer({ port: 6379, title: "redis", warnings: ["database"] }),
    sampleServer({ port: 5432, bind: { kind: "link-local", interfaces: ["eth0"] } }),
    sampleServer({ transport: "udp", port: 50_000, ephemeral: true, process: null }),
  ],
  network: [sampleNetworkService()],
  exposures: [
    sampleExposure(),
    sampleExposure({
      internalPort: 81,
      endpoint: null,
      state: "failed",
      error: problem("no-response"),
    }),
    sampleExposure({
      internalPort: 82,
      endpoint: { address: "192.0.2.1", port: 82 },
      finding: problem("double-nat"),
      listening: false,
    }),
    sampleExposure({ internalPort: 83, state: "mapping", endpoint: null, expiresAt: null }),
    sampleExposure({ internalPort: 84, endpoint: null, state: "withdrawing" }),
  ],
  names: [
    sampleName(),
    sampleName({ fqdn: "mc.example.org", state: "blocked", error: problem("dns-credentials") }),
  ],
  settings: {
    theme: "system",
    gateway: null,
    accounts: [sampleAccount()],
    names: [sampleNameSetting()],
  },
  notices: [{ id: "n", level: "warning", message: "A setting was invalid." }],
});

/** What axe finds wrong, as `rule: element`. */
async function violations(): Promise<string[]> {
  document.documentElement.lang = "en";
  document.title = "Homeport";
  const { violations } = await axe.run(document, {
    // happy-dom lays nothing out, so nothing has a colour or a size.
    rules: { "color-contrast": { enabled: false }, "target-size": { enabled: false } },
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

describe("the window is accessible", { timeout: 30_000 }, () => {
  it.each<[string, Snapshot | null]>([
    ["before the first snapshot", null],
    ["empty", sampleSnapshot()],
    ["with everything in it", full],
  ])("%s", async (_, snapshot) => {
    await openWindow(snapshot);
    expect(await violations()).toEqual([]);
  });

  it.each(["Settings", "Open another port…", "Add a name…"])(
    "with the dialog of “%s”",
    async (name) => {
      await openWindow(full);
      await press(name);
      expect(document.querySelector("dialog")?.open).toBe(true);
      expect(await violations()).toEqual([]);
    },
  );

  it("with the question for a second yes", async () => {
    await openWindow(full);
    await press("Expose redis tcp/6379");
    expect(document.querySelector("dialog")?.open).toBe(true);
    expect(await violations()).toEqual([]);
  });

  it("with an error in a field", async () => {
    await openWindow(full);
    await press("Open another port…");
    await press("Open port");
    expect(await violations()).toEqual([]);
  });

  it("with all that is folded open", async () => {
    await openWindow(full);
    await press("Details of Minecraft: Java Edition tcp/25565");
    await unfold(...document.querySelectorAll("details"));
    expect(button("Expose Unknown program udp/50000")).toBeDefined();
    expect(await violations()).toEqual([]);
  });
});

it("gives every button a name of its own", async () => {
  await openWindow(full);
  const names = [...document.querySelectorAll("button")].map(
    (element) => element.getAttribute("aria-label") ?? element.textContent,
  );
  expect(new Set(names).size).toBe(names.length);
});
