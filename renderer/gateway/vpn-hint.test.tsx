import { afterEach, expect, it } from "vitest";
import type { NetworkInterface } from "../../shared/network-interface.ts";
import { sampleExposure, sampleSnapshot } from "../testing/samples.ts";
import { closeWindow, emit, openWindow } from "../testing/window.tsx";

afterEach(closeWindow);

const vpn: NetworkInterface = {
  name: "wg0",
  kind: "vpn",
  address: null,
  gateway: null,
  inUse: false,
};
const cable: NetworkInterface = {
  name: "eth0",
  kind: "ethernet",
  address: "192.168.77.10",
  gateway: "192.168.77.1",
  inUse: true,
};
const hint = () =>
  [...document.querySelectorAll(".banner")].find(({ textContent }) =>
    textContent.includes("A VPN is on (wg0)"),
  );

it("is told while something is open, and no longer than the VPN is on", async () => {
  const exposures = [sampleExposure()];
  const fake = await openWindow(sampleSnapshot({ interfaces: [vpn, cable] }));
  expect(hint()).toBeUndefined();
  await emit(fake, sampleSnapshot({ revision: 2, interfaces: [vpn, cable], exposures }));
  expect(hint()?.className).toContain("banner-warning");
  await emit(fake, sampleSnapshot({ revision: 3, interfaces: [cable, vpn], exposures }));
  expect(hint()).toBeUndefined();
});
