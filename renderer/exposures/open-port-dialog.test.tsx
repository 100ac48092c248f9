import { act } from "react";
import { afterEach, describe, expect, it } from "vitest";
import { sampleSnapshot } from "../testing/samples.ts";
import { closeWindow, fieldOf, fill, only, openWindow, press } from "../testing/window.tsx";

afterEach(closeWindow);

const INTERNAL = "Port of the program on this PC";
const EXTERNAL = "Port on the internet (optional)";

async function openDialog() {
  const fake = await openWindow(sampleSnapshot());
  await press("Open another port…");
  return fake;
}

const dialog = () => document.querySelector("dialog");

/** What assistive technology reads with a field. */
function described(label: string): string {
  const id = fieldOf(label).getAttribute("aria-describedby") ?? "";
  return only(`[id="${id}"]`).textContent;
}

describe("Open another port", () => {
  it("asks for the port with the router's choice of the external one", async () => {
    const fake = await openDialog();
    await fill(INTERNAL, " 25565 ");
    await press("Open port");
    expect(fake.requestsOf("expose")).toEqual([
      { transport: "tcp", internalPort: 25565, externalPort: null },
    ]);
    expect(dialog()).toBeNull();
  });

  it("offers the transports as one choice, so that the arrow keys go through it", async () => {
    await openDialog();
    expect(fieldOf("TCP").name).not.toBe("");
    expect(fieldOf("UDP").name).toBe(fieldOf("TCP").name);
    expect(fieldOf("TCP").checked).toBe(true);
  });

  it("asks for UDP and an external port when told", async () => {
    const fake = await openDialog();
    await act(async () => fieldOf("UDP").click());
    await fill(INTERNAL, "2456");
    await fill(EXTERNAL, "65535");
    await press("Open port");
    expect(fake.requestsOf("expose")).toEqual([
      { transport: "udp", internalPort: 2456, externalPort: 65535 },
    ]);
  });

  it("asks for a port that follows its server when told", async () => {
    const fake = await openDialog();
    await fill(INTERNAL, "25565");
    await act(async () => fieldOf("Only while the server runs").click());
    await press("Open port");
    expect(fake.requestsOf("expose")).toEqual([
      { transport: "tcp", internalPort: 25565, externalPort: null, whileRunning: true },
    ]);
  });

  it.each(["0", "65536", "80.5", "-1", "http", "8080x", "999999", "1e3", "０８０"])(
    "refuses %s, keeps what was typed and leads there",
    async (text) => {
      const fake = await openDialog();
      await fill(INTERNAL, text);
      expect(fieldOf(INTERNAL).getAttribute("aria-invalid")).toBe("false");
      await press("Open port");
      expect(fake.requestsOf("expose")).toEqual([]);
      expect(described(INTERNAL)).toBe("A port is a whole number from 1 to 65535.");
      expect(fieldOf(INTERNAL).getAttribute("aria-invalid")).toBe("true");
      expect(document.activeElement).toBe(fieldOf(INTERNAL));
      expect(fieldOf(INTERNAL).value).toBe(text);
    },
  );

  it("asks for the port that is missing", async () => {
    await openDialog();
    await press("Open port");
    expect(described(INTERNAL)).toBe("Enter a port number.");
  });

  it("leads to the external port when that is the wrong one", async () => {
    const fake = await openDialog();
    await fill(INTERNAL, "80");
    await fill(EXTERNAL, "70000");
    await press("Open port");
    expect(fake.requestsOf("expose")).toEqual([]);
    expect(document.activeElement).toBe(fieldOf(EXTERNAL));
    await fill(EXTERNAL, "7000");
    expect(fieldOf(EXTERNAL).getAttribute("aria-invalid")).toBe("false");
  });

  it("stays open with the reason when the engine refuses", async () => {
    const fake = await openDialog();
    fake.refuse("expose", "You can expose 500 ports at most.");
    await fill(INTERNAL, "80");
    await press("Open port");
    expect(only("dialog").textContent).toContain("You can expose 500 ports at most.");
    expect(fieldOf(INTERNAL).value).toBe("80");
  });

  it("asks for a second yes where the engine knows a danger, and anew for another port", async () => {
    const fake = await openDialog();
    fake.reply("expose", () => ({
      ok: false,
      error: { code: "unsafe", message: "It should stay closed.", warnings: ["database"] },
    }));
    await fill(INTERNAL, "3306");
    await press("Open port");
    expect(only("[data-warning=database]").textContent).toContain("Better:");
    await fill(INTERNAL, "5432");
    expect(document.querySelector("[data-warning]")).toBeNull();
    await press("Open port");
    await act(async () => fieldOf("UDP").click());
    expect(document.querySelector("[data-warning]")).toBeNull();
    await act(async () => fieldOf("TCP").click());
    await press("Open port");
    await press("Open anyway");
    expect(fake.requestsOf("expose")).toEqual([
      { transport: "tcp", internalPort: 3306, externalPort: null },
      { transport: "tcp", internalPort: 5432, externalPort: null },
      { transport: "tcp", internalPort: 5432, externalPort: null },
      { transport: "tcp", internalPort: 5432, externalPort: null, despiteWarning: true },
    ]);
  });

  it.each(["Cancel", "Close"])("closes with %s and asks for nothing", async (name) => {
    const fake = await openDialog();
    await fill(INTERNAL, "80");
    await press(name);
    expect(dialog()).toBeNull();
    expect(fake.requestsOf("expose")).toEqual([]);
  });
});
