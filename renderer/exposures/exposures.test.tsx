import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { problem } from "../../shared/problems.ts";
import type { Exposure } from "../../shared/snapshot.ts";
import {
  sampleExposure,
  sampleGame,
  sampleServer,
  sampleSnapshot,
  sampleTime,
} from "../testing/samples.ts";
import {
  button,
  closeWindow,
  emit,
  fieldOf,
  hasButton,
  only,
  openWindow,
  press,
} from "../testing/window.tsx";

beforeEach(() => {
  vi.useFakeTimers({ now: sampleTime });
});

afterEach(() => {
  closeWindow();
  vi.useRealTimers();
});

const openWith = (part: Partial<Exposure>, servers = [sampleServer()]) =>
  openWindow(sampleSnapshot({ servers, exposures: [sampleExposure(part)] }));

const card = () => only('[data-testid="exposure-tcp-8080"]');

const withoutLease = { protocol: null, endpoint: null, expiresAt: null, lifetime: null } as const;

describe("a card says how far its exposure has come", () => {
  it.each<[string, Partial<Exposure>, string]>([
    ["mapping", { state: "mapping", ...withoutLease }, "Asking the router…"],
    ["mapped", {}, "Open on the router"],
    ["mapped", { listening: false }, "Open on the router, but no program listens yet"],
    ["mapped", { finding: problem("double-nat") }, "Open on the router, but not reachable"],
    ["failed", { state: "failed", ...withoutLease, error: problem("no-response") }, "Not open"],
    ["withdrawing", { state: "withdrawing" }, "Closing…"],
    ["waiting", { state: "waiting", ...withoutLease }, "Waits for the server to start"],
  ])("%s %o", async (state, part, words) => {
    await openWith(part);
    expect(card().dataset["state"]).toBe(state);
    expect(only(".card-state", card()).textContent).toBe(words);
  });

  it("shows endpoint, protocol and the program's name", async () => {
    await openWith({ endpoint: { address: "2001:db8::7", port: 18080 }, protocol: "nat-pmp" });
    expect(only('[data-testid="endpoint"]').textContent).toBe("[2001:db8::7]:18080");
    expect(only(".badge", card()).textContent).toBe("NAT-PMP");
    expect(only("h3", card()).textContent).toBe("caddy");
  });

  it("shows the service and what the server tells of itself", async () => {
    const exposures = [sampleExposure({ internalPort: 25565 })];
    await openWindow(sampleSnapshot({ servers: [sampleGame()], exposures }));
    expect(only("h3").textContent).toBe("Minecraft: Java Edition");
    expect(only(".card-told").textContent).toBe("“Sunday world” · 3 of 20 players · 1.21.8");
  });

  it("shows the server's own picture", async () => {
    const icon = "data:image/png;base64,iVBORw0KGgo=";
    const details = { name: "Sunday world", players: 3, maxPlayers: 20, version: "1.21.8" };
    const game = sampleGame({ details: { ...details, icon } });
    const exposures = [sampleExposure({ internalPort: 25565 })];
    const fake = await openWindow(sampleSnapshot({ servers: [game], exposures }));
    const picture = only(".card img");
    expect(picture.getAttribute("src")).toBe(icon);
    expect(picture.getAttribute("alt")).toBe("");
    await emit(fake, sampleSnapshot({ revision: 9, servers: [sampleGame()], exposures }));
    expect(document.querySelector(".card img")).toBeNull();
  });

  it("says what speaks against what is open, once", async () => {
    const fake = await openWith({ warnings: ["database"] });
    expect(only("[data-warning=database]", card()).textContent).toMatch(/VPN/);
    const error = { code: "unsafe", message: "It stays closed." } as const;
    const exposures = [sampleExposure({ warnings: ["database"], state: "failed", error })];
    await emit(fake, sampleSnapshot({ revision: 9, exposures }));
    expect(
      [...card().querySelectorAll(".card-problem")].map(({ textContent }) => textContent),
    ).toEqual(["It stays closed."]);
  });

  it("has no choice where it ends with its server, and says so", async () => {
    await openWith({ session: true, whileRunning: true });
    expect(card().querySelector("input")).toBeNull();
    expect(only(".card-note", card()).textContent).toBe("Closes for good when the server ends.");
  });

  it("is named by its port while nothing listens", async () => {
    await openWith({ listening: false }, []);
    expect(only("h3", card()).textContent).toBe("Port 8080");
  });

  it("gives every reason, and says that nothing listens where the state does not", async () => {
    await openWith({
      error: problem("external-port-taken"),
      finding: problem("shared-address"),
      listening: false,
    });
    const reasons = [...card().querySelectorAll<HTMLElement>(".card-problem")];
    expect(reasons.map(({ dataset }) => dataset["code"])).toEqual([
      "external-port-taken",
      "shared-address",
    ]);
    expect(card().textContent).toContain("Your provider shares one internet address");
    expect(only(".card-note", card()).textContent).toBe("No program listens on this port yet.");
  });

  it("tells of a line with few port numbers without an alarm", async () => {
    await openWith({ finding: problem("limited-ports", "about 240 numbers") });
    expect(card().querySelector(".card-problem")).toBeNull();
    expect(only(".card-note[data-code=limited-ports]", card()).textContent).toContain("about 240");
    expect(only(".card-state", card()).textContent).toBe("Open on the router");
  });

  it("has the shape of the state's icon differ, not only its colour", async () => {
    const shapes = new Set<string>();
    for (const part of [
      {},
      { listening: false },
      { finding: problem("double-nat") },
      { state: "mapping" },
      { state: "failed" },
      { state: "withdrawing" },
      { state: "waiting" },
    ] as const) {
      await openWith(part);
      shapes.add(only(".card-state .icon", card()).innerHTML);
      closeWindow();
    }
    expect(shapes.size).toBe(7);
  });
});

describe("what belongs to it", () => {
  const ways = () => only(".ways", card());
  const mapping = {
    state: "mapped",
    gateway: "fe80::1%eth0",
    protocol: "pcp",
    endpoint: { address: "2001:db8::7", port: 8080 },
    expiresAt: null,
    lifetime: null,
    error: null,
  } as const;

  it("is not drawn where there is nothing", async () => {
    await openWith({});
    expect(card().querySelector(".ways")).toBeNull();
  });

  it("names the ports that are open with it, with their number where it differs", async () => {
    const block = [
      { transport: "udp", internalPort: 2457, endpoint: { address: "198.51.100.7", port: 2457 } },
      { transport: "udp", internalPort: 2458, endpoint: { address: "198.51.100.7", port: 30_001 } },
    ] as const;
    await openWith({ block });
    const ports = [...ways().querySelectorAll(".way-port")].map(({ textContent }) => textContent);
    expect(ports).toEqual(["udp/2457", "udp/2458 at 30001"]);
  });

  it("shows the way over IPv6, and copies it", async () => {
    const fake = await openWith({ ipv6: mapping });
    expect(only('[data-testid="ipv6"]').textContent).toContain("[2001:db8::7]:8080");
    await press("Copy [2001:db8::7]:8080");
    expect(fake.requestsOf("copyEndpoint")).toEqual([
      { transport: "tcp", internalPort: 8080, ipv6: true },
    ]);
  });

  it("does not show one endpoint twice where IPv6 is the only way", async () => {
    await openWith({ endpoint: mapping.endpoint, ipv6: mapping });
    expect(card().querySelector(".ways")).toBeNull();
  });

  it("says why a way is not open", async () => {
    const closed = { ...mapping, state: "failed", endpoint: null } as const;
    await openWith({
      ipv6: { ...closed, error: problem("not-authorized") },
      upstream: { ...closed, error: null, state: "mapping" },
    });
    expect(only('[data-testid="ipv6"] .way-trouble').dataset["code"]).toBe("not-authorized");
    expect(only('[data-testid="upstream"]').textContent).toContain("Asking the router…");
  });

  it("names the second router", async () => {
    await openWith({ upstream: { ...mapping, gateway: "10.0.0.1", protocol: "upnp" } });
    expect(only('[data-testid="upstream"] dd').textContent).toBe("10.0.0.1 · UPnP · also open");
  });

  it("shows the endpoint on each further router, and copies it", async () => {
    const endpoint = { address: "198.51.100.99", port: 8080 };
    const fake = await openWith({
      further: [
        { ...mapping, gateway: "10.0.0.2", endpoint },
        { ...mapping, gateway: "10.0.0.3", state: "failed", error: problem("not-authorized") },
      ],
    });
    const [second, third] = ways().querySelectorAll('[data-testid="further"]');
    expect(second?.textContent).toContain("Also through 10.0.0.2198.51.100.99:8080");
    expect(third?.querySelector<HTMLElement>(".way-trouble")?.dataset["code"]).toBe(
      "not-authorized",
    );
    await press("Copy 198.51.100.99:8080");
    expect(fake.requestsOf("copyEndpoint")).toEqual([
      { transport: "tcp", internalPort: 8080, gateway: "10.0.0.2" },
    ]);
  });

  it("does not show one endpoint twice where a further router has the same", async () => {
    const endpoint = { address: "198.51.100.7", port: 8080 };
    await openWith({ endpoint, further: [{ ...mapping, gateway: "10.0.0.2", endpoint }] });
    expect(only('[data-testid="further"] dd').textContent).toBe("also open");
  });
});

describe("the ring", () => {
  const share = () => {
    const [left, around] = (only(".ring-left").getAttribute("stroke-dasharray") ?? "").split(" ");
    return Number(left) / Number(around);
  };

  it("shows the time left in figures and as a share, and counts down by itself", async () => {
    await openWith({});
    expect(only(".ring-time").textContent).toBe("1:30:00");
    expect(share()).toBeCloseTo(0.75, 3);
    await act(async () => vi.advanceTimersByTime(45 * 60_000));
    expect(only(".ring-time").textContent).toBe("45:00");
    expect(share()).toBeCloseTo(0.375, 3);
    await act(async () => vi.advanceTimersByTime(3600_000));
    expect(only(".ring-time").textContent).toBe("0:00");
    expect(document.querySelector(".ring-left")).toBeNull();
  });

  it("stands still while the window is hidden and is right when it comes back", async () => {
    await openWith({});
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(vi.getTimerCount()).toBe(0);
    vi.setSystemTime(sampleTime + 60_000);
    hidden.mockReturnValue(false);
    await act(async () => document.dispatchEvent(new Event("visibilitychange")));
    expect(only(".ring-time").textContent).toBe("1:29:00");
  });

  it("never shows more than the lifetime, even when this PC's clock is behind", async () => {
    vi.setSystemTime(sampleTime - 3600_000);
    await openWith({});
    expect(only(".ring-time").textContent).toBe("2:00:00");
  });

  it("is not a timer without a lease", async () => {
    await openWith({ state: "mapping", ...withoutLease });
    expect(document.querySelector('[role="timer"]')).toBeNull();
  });
});

describe("the buttons of a card", () => {
  it("stop the exposure", async () => {
    const fake = await openWith({});
    await press("Stop exposing caddy tcp/8080");
    expect(fake.requestsOf("withdraw")).toEqual([{ transport: "tcp", internalPort: 8080 }]);
  });

  it("let it follow its server, and stop that", async () => {
    const fake = await openWith({});
    const label = "Only while the server runs";
    expect(fieldOf(label).checked).toBe(false);
    await act(async () => fieldOf(label).click());
    // What is chosen is shown when the engine says so.
    expect(fieldOf(label).checked).toBe(false);
    const waiting = sampleExposure({
      state: "waiting",
      ...withoutLease,
      whileRunning: true,
      listening: false,
    });
    await emit(fake, sampleSnapshot({ revision: 2, exposures: [waiting] }));
    expect(fieldOf(label).checked).toBe(true);
    expect(card().querySelector(".card-note")).toBeNull();
    await act(async () => fieldOf(label).click());
    const of = { transport: "tcp", internalPort: 8080 };
    expect(fake.requestsOf("setWhileRunning")).toEqual([
      { ...of, whileRunning: true },
      { ...of, whileRunning: false },
    ]);
  });

  it("do not stop it twice", async () => {
    const fake = await openWith({ state: "withdrawing" });
    await press("Stop exposing caddy tcp/8080");
    expect(fake.requestsOf("withdraw")).toEqual([]);
    expect(button("Stop exposing caddy tcp/8080").getAttribute("aria-disabled")).toBe("true");
  });

  it("offer another try only where something went wrong", async () => {
    const fake = await openWith({});
    expect(hasButton("Try again caddy tcp/8080")).toBe(false);
    const failed = sampleExposure({
      state: "failed",
      ...withoutLease,
      error: problem("no-response"),
    });
    await emit(
      fake,
      sampleSnapshot({ revision: 2, servers: [sampleServer()], exposures: [failed] }),
    );
    await press("Try again caddy tcp/8080");
    expect(fake.requestsOf("retry")).toEqual([{ transport: "tcp", internalPort: 8080 }]);
  });

  it("show above the lists why a command did not work", async () => {
    const fake = await openWith({});
    fake.refuse("withdraw", "Homeport is about to quit.");
    await press("Stop exposing caddy tcp/8080");
    expect(only('[role="alert"]').textContent).toContain("Homeport is about to quit.");
    await press("Dismiss");
    expect(document.querySelector('[role="alert"]')).toBeNull();
  });
});

describe("Copy", () => {
  it("copies through main, says so for two seconds and to the screen reader", async () => {
    const fake = await openWith({});
    await press("Copy 198.51.100.7:8080");
    expect(fake.requestsOf("copyEndpoint")).toEqual([{ transport: "tcp", internalPort: 8080 }]);
    expect(button("Copied 198.51.100.7:8080").textContent).toBe("Copied");
    expect(only("output.visually-hidden").textContent).toBe("Copied 198.51.100.7:8080");
    await act(async () => vi.advanceTimersByTime(2000));
    expect(hasButton("Copy 198.51.100.7:8080")).toBe(true);
  });

  it("does not claim to have copied an address that came after", async () => {
    const fake = await openWith({});
    await press("Copy 198.51.100.7:8080");
    const moved = sampleExposure({ endpoint: { address: "198.51.100.9", port: 8080 } });
    await emit(fake, sampleSnapshot({ revision: 2, exposures: [moved] }));
    expect(hasButton("Copy 198.51.100.9:8080")).toBe(true);
  });

  it("says why it could not", async () => {
    const fake = await openWith({});
    fake.refuse("copyEndpoint", "The port is not open.");
    await press("Copy 198.51.100.7:8080");
    expect(only('[role="alert"]').textContent).toContain("The port is not open.");
    expect(hasButton("Copied 198.51.100.7:8080")).toBe(false);
  });
});

describe("the focus", () => {
  it("goes back to the server's row when its exposure is closed", async () => {
    const fake = await openWith({});
    await press("Stop exposing caddy tcp/8080");
    await emit(fake, sampleSnapshot({ revision: 2, servers: [sampleServer()] }));
    expect(document.activeElement).toBe(button("Expose caddy tcp/8080"));
  });

  it("goes to the heading when there is no such row", async () => {
    const fake = await openWith({ listening: false }, []);
    await press("Stop exposing Port 8080 tcp/8080");
    await emit(fake, sampleSnapshot({ revision: 2 }));
    expect(document.activeElement?.id).toBe("exposures-title");
  });

  it("stays where it is when another exposure goes", async () => {
    const other = sampleExposure({ internalPort: 9000 });
    const fake = await openWindow(sampleSnapshot({ exposures: [sampleExposure(), other] }));
    button("Stop exposing Port 8080 tcp/8080").focus();
    await emit(fake, sampleSnapshot({ revision: 2, exposures: [sampleExposure()] }));
    expect(document.activeElement).toBe(button("Stop exposing Port 8080 tcp/8080"));
  });
});
