import { afterEach, describe, expect, it, vi } from "vitest";
import { problem } from "../../shared/problems.ts";
import type { Gateway, Outside } from "../../shared/snapshot.ts";
import { sampleGateway, sampleSnapshot } from "../testing/samples.ts";
import { closeWindow, only, openWindow, press } from "../testing/window.tsx";

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

describe("more about the router", () => {
  it("names every router on the way, and what changed with the signal that told it", async () => {
    vi.useFakeTimers({ now: Date.parse("2026-01-01T12:05:00Z") });
    await openWindow(
      sampleSnapshot({
        gateways: [
          sampleGateway({ externalAddress: "10.0.0.7" }),
          sampleGateway({ address: "fe80::1%eth0", externalAddress: null, way: "ipv6" }),
          sampleGateway({
            address: "10.0.0.1",
            externalAddress: null,
            state: "silent",
            way: "upstream",
          }),
        ],
        changes: [
          {
            at: "2026-01-01T12:00:00Z",
            what: "external-address",
            exposure: null,
            before: "52.3.4.5",
            after: "52.3.4.6",
            signal: "announcement",
          },
        ],
      }),
    );
    await press(only(".router-button").textContent ?? "");
    const text = only("dialog").textContent;
    expect(text).toContain("192.168.1.1your router · PCP · outside 10.0.0.7");
    expect(text).toContain("fe80::1%eth0your router, over IPv6 · PCP");
    expect(text).toContain("10.0.0.1the router before it · does not answer");
    expect(text).toContain(
      "5 minutes agoInternet address 52.3.4.5 → 52.3.4.6the router announced it",
    );
    vi.useRealTimers();
  });

  describe("what the internet sees", () => {
    const seen = {
      server: "stun.example.org:3478",
      address: "198.51.100.7",
      at: "2026-01-01T12:00:00Z",
      finding: null,
      error: null,
    } as const;
    const show = async (outside: Outside | undefined, externalAddress: string | null) => {
      vi.useFakeTimers({ now: Date.parse("2026-01-01T12:05:00Z") });
      const gateways = [sampleGateway({ externalAddress })];
      await openWindow(sampleSnapshot({ gateways, ...(outside && { outside }) }));
      await press(only(".router-button").textContent ?? "");
      vi.useRealTimers();
      return document.querySelector('[data-testid="outside"]')?.textContent;
    };

    it("is told beside what the router says", async () => {
      expect(await show(seen, "198.51.100.7")).toBe(
        "Seen from the internetas 198.51.100.7: the sameby stun.example.org:3478, 5 minutes ago",
      );
    });

    it("is told without a judgement where the router tells nothing to compare", async () => {
      expect(await show(seen, null)).toMatch(/^Seen from the internetas 198\.51\.100\.7by /);
    });

    it("is a warning in words where it is another address", async () => {
      const finding = problem("address-differs", "router 52.9.9.9, internet 198.51.100.7");
      const text = await show({ ...seen, finding }, "52.9.9.9");
      expect(text).toMatch(/^Seen from the internetas 198\.51\.100\.7by /);
      expect(text).toContain("The internet sees another address than your router tells");
      expect(only(".outside-trouble").querySelector("svg")).not.toBeNull();
    });

    it("is not known before the first answer; why not is told where it is known", async () => {
      const nothing = { ...seen, address: null, at: null };
      expect(await show(nothing, "52.9.9.9")).toBe("Seen from the internetnot known yet");
      closeWindow();
      const error = problem("observer-silent");
      expect(await show({ ...nothing, error }, null)).toBe(
        `Seen from the internet${error.message}`,
      );
    });

    it("is no subject while nobody is asked", async () => {
      expect(await show(undefined, "52.9.9.9")).toBeUndefined();
    });
  });

  it("lists what the router holds, and removes what we left there", async () => {
    const row = {
      transport: "tcp",
      internalClient: "192.168.1.9",
      internalPort: 80,
      description: "",
      lease: null,
    } as const;
    const fake = await openWindow(sampleSnapshot());
    let left = true;
    fake.reply("routerTable", () => ({
      ok: true,
      value: {
        gateway: "192.168.1.1",
        complete: true,
        rows: [
          { ...row, externalPort: 8080, owner: "exposure" },
          { ...row, externalPort: 9000, owner: "other", description: "camera" },
          ...(left ? [{ ...row, externalPort: 9001, owner: "leaked" }] : []),
        ],
      },
    }));
    await press(only(".router-button").textContent ?? "");
    const lines = () =>
      [...document.querySelectorAll(".holds tbody tr")].map(({ textContent }) => textContent);
    expect(lines()).toEqual([
      "tcp/8080192.168.1.9:80Homeport",
      "tcp/9000192.168.1.9:80Another program or devicecamera",
      "tcp/9001192.168.1.9:80Homeport, left behindRemove",
    ]);
    left = false;
    await press("Remove tcp/9001 from the router");
    expect(fake.requestsOf("removeMapping")).toEqual([{ transport: "tcp", externalPort: 9001 }]);
    expect(lines()).toHaveLength(2);
  });

  it.each([
    [{ gateway: "x", complete: false, rows: [] }, "does not show its list"],
    [{ gateway: "x", complete: true, rows: [] }, "None."],
  ])("tells an empty list from one that is not shown: %j", async (value, words) => {
    const fake = await openWindow(sampleSnapshot());
    fake.reply("routerTable", () => ({ ok: true, value }));
    await press(only(".router-button").textContent ?? "");
    expect(only("dialog").textContent).toContain(words);
  });

  it("says so where nothing changed", async () => {
    await openWindow(sampleSnapshot({ changes: [] }));
    await press(only(".router-button").textContent ?? "");
    expect(only("dialog").textContent).toContain("Nothing so far.");
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
