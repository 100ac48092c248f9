import { act } from "react";
import { afterEach, describe, expect, it } from "vitest";
import type { Exposure } from "../../shared/snapshot.ts";
import { sampleExposure, sampleServer, sampleSnapshot } from "../testing/samples.ts";
import { closeWindow, fieldOf, fill, only, openWindow, press } from "../testing/window.tsx";

afterEach(closeWindow);

const CHANGE = "Change who may connect to caddy tcp/8080";
const ADDRESSES = "Internet addresses of your visitors";
const ONLY = "Only these addresses";

const openWith = (part: Partial<Exposure> = {}) =>
  openWindow(sampleSnapshot({ servers: [sampleServer()], exposures: [sampleExposure(part)] }));
const row = () => only('[data-testid="visitors"]');
const choose = (label: string) => act(async () => fieldOf(label).click());
const dialog = () => document.querySelector("dialog");

/** What assistive technology reads with the field. */
function described(): string {
  return only(`[id="${fieldOf(ADDRESSES).getAttribute("aria-describedby")}"]`).textContent;
}

describe("who may connect", () => {
  it("is everyone, and says so", async () => {
    await openWith();
    expect(row().textContent).toContain("Everyone");
    expect(only(".card-state").textContent).toBe("Open on the router");
  });

  it("is told in the state and address by address where it is limited", async () => {
    await openWith({ sources: ["198.51.100.7", "2001:db8::/32"] });
    expect(only(".card-state").textContent).toBe(
      "Open on the router for 1 address and 1 range only",
    );
    expect(row().textContent).not.toContain("Everyone");
    expect([...row().querySelectorAll(".way-port")].map(({ textContent }) => textContent)).toEqual([
      "198.51.100.7",
      "2001:db8::/32",
    ]);
  });

  it("is limited to what is entered, in one spelling", async () => {
    const fake = await openWith();
    await press(CHANGE);
    expect(document.querySelector("textarea")).toBeNull();
    await choose(ONLY);
    await fill(ADDRESSES, "198.51.100.7\n 2001:DB8::7, 203.0.113.9/24\n198.51.100.7");
    await press("Save");
    expect(fake.requestsOf("setSources")).toEqual([
      {
        transport: "tcp",
        internalPort: 8080,
        sources: ["198.51.100.7", "2001:db8::7", "203.0.113.0/24"],
      },
    ]);
    expect(dialog()).toBeNull();
  });

  it("begins with what holds, and is everyone again when told", async () => {
    const fake = await openWith({ sources: ["198.51.100.7"] });
    await press(CHANGE);
    expect(fieldOf(ADDRESSES).value).toBe("198.51.100.7");
    await choose("Everyone");
    await press("Save");
    expect(fake.requestsOf("setSources")).toMatchObject([{ sources: [] }]);
  });

  it.each([
    ["", "Enter an address, or let everyone connect."],
    ["friend.example", "“friend.example” is no IP address."],
    ["198.51.100.7/40", "“198.51.100.7/40” needs a length from 1 to 32 after the slash."],
    [Array.from({ length: 9 }, (_, at) => `198.51.100.${at}`).join("\n"), "At most 8 addresses."],
  ])("%j is refused, kept and led to", async (text, why) => {
    const fake = await openWith();
    await press(CHANGE);
    await choose(ONLY);
    await fill(ADDRESSES, text);
    expect(fieldOf(ADDRESSES).getAttribute("aria-invalid")).toBe("false");
    await press("Save");
    expect(described()).toBe(why);
    expect(document.activeElement).toBe(fieldOf(ADDRESSES));
    expect(fieldOf(ADDRESSES).value).toBe(text);
    expect(fake.requestsOf("setSources")).toEqual([]);
  });

  it("cannot be changed while it is closing", async () => {
    await openWith({ state: "withdrawing" });
    expect(row().querySelector("button")).toBeNull();
  });

  it("is said before a port is opened by hand, so that it is never open to others", async () => {
    const fake = await openWindow(sampleSnapshot());
    await press("Open another port…");
    await fill("Port of the program on this PC", "25565");
    await choose(ONLY);
    await press("Open port");
    expect(fake.requestsOf("expose")).toEqual([]);
    await fill(ADDRESSES, "198.51.100.7");
    await press("Open port");
    expect(fake.requestsOf("expose")).toEqual([
      { transport: "tcp", internalPort: 25565, externalPort: null, sources: ["198.51.100.7"] },
    ]);
  });
});
