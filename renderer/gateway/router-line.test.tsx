import { afterEach, describe, expect, it } from "vitest";
import type { Gateway } from "../../shared/snapshot.ts";
import { sampleGateway, sampleSnapshot } from "../testing/samples.ts";
import { closeWindow, only, openWindow } from "../testing/window.tsx";

afterEach(closeWindow);

const line = () => only('[data-testid="router"]');

describe("the router line", () => {
  it.each<[string, Gateway[], string, RegExp]>([
    [
      "answering",
      [sampleGateway()],
      "plain",
      /^Router 192\.168\.1\.1 · PCP · internet address 198\.51\.100\.7$/,
    ],
    [
      "probing",
      [sampleGateway({ state: "probing" })],
      "plain",
      /^Asking the router 192\.168\.1\.1…$/,
    ],
    ["silent", [sampleGateway({ state: "silent" })], "warning", /does not answer\. Switch on PCP/],
    ["none", [], "warning", /^No router found\./],
  ])("%s", async (state, gateways, tone, words) => {
    await openWindow(sampleSnapshot({ gateways }));
    expect(line().dataset["state"]).toBe(state);
    expect(line().className).toContain(`router-${tone}`);
    expect(line().textContent).toMatch(words);
  });

  it("does not say that there is no router before anybody looked", async () => {
    await openWindow(null);
    expect(line().textContent).toBe("Looking for the router…");
    expect(line().className).toContain("router-plain");
    closeWindow();
    await openWindow(sampleSnapshot({ revision: 0, gateways: [] }));
    expect(line().textContent).toBe("Looking for the router…");
    expect(line().className).toContain("router-plain");
  });
});

it("tells the demo network from the real one", async () => {
  await openWindow(sampleSnapshot());
  expect(document.body.textContent).not.toContain("Demo network");
  closeWindow();
  await openWindow(sampleSnapshot({ gateways: [sampleGateway({ address: "127.77.0.1" })] }));
  expect(line().textContent).toMatch(/^Demo router 127\.77\.0\.1/);
  expect(document.body.textContent).toContain("Demo network: nothing leaves this PC.");
});
