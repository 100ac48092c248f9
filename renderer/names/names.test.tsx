import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { problem } from "../../shared/problems.ts";
import type { Name } from "../../shared/snapshot.ts";
import { sampleName, sampleSnapshot, sampleTime } from "../testing/samples.ts";
import { closeWindow, emit, only, openWindow, press, unfold } from "../testing/window.tsx";
import { formatWhen } from "../ui/when.tsx";

beforeEach(() => {
  vi.useFakeTimers({ now: sampleTime });
});

afterEach(() => {
  closeWindow();
  vi.useRealTimers();
});

const openWith = (...names: Partial<Name>[]) =>
  openWindow(sampleSnapshot({ names: names.map(sampleName) }));

const card = () => only('[data-testid="name-home.example.org"]');

it("says what names are for while there are none", async () => {
  await openWith();
  expect(document.body.textContent).toContain("A name leads your friends here");
});

describe("a name", () => {
  it.each<[Partial<Name>, string]>([
    [{ state: "planned" }, "Not written yet"],
    [{ state: "planned", records: [] }, "Nothing to lead to yet"],
    [{ state: "writing" }, "Being written…"],
    [{ state: "published" }, "Written, but not all DNS servers answer with it yet"],
    [{ state: "visible" }, "All DNS servers answer with it"],
    [{ state: "stale" }, "Left as it is until Homeport knows better"],
    [{ state: "blocked" }, "Stopped until you do something"],
    [
      { state: "error", nextAttempt: "2026-05-04T12:02:00.000Z" },
      "Not written; tried again in 2 minutes",
    ],
    [{ state: "error" }, "Not written"],
  ])("%o", async (part, words) => {
    await openWith(part);
    expect(card().dataset["state"]).toBe(part.state);
    expect(only(".card-state", card()).textContent).toBe(words);
  });

  it("has an icon of its own shape where it waits, stands, fails or stops", async () => {
    const states = ["writing", "visible", "stale", "error", "blocked"] as const;
    await openWith(...states.map((state, at) => ({ state, fqdn: `n${at}.example.org` })));
    const icons = [...document.querySelectorAll(".name-card .card-state .icon")];
    expect(new Set(icons.map((icon) => icon.innerHTML)).size).toBe(states.length);
  });

  it("says where it is kept and when it changed", async () => {
    await openWith({});
    expect(only(".card-facts", card()).textContent).toBe("DuckDNSchanged 15 minutes ago");
    expect(only("time", card()).getAttribute("datetime")).toBe("2026-05-04T11:45:00.000Z");
  });

  it("says what friends type", async () => {
    await openWith({});
    expect(only("dt", card()).textContent).toBe("Friends type (tcp/8080)");
    expect(only("dd", card()).textContent).toBe("home.example.org:8080");
  });

  it("says why it is stopped", async () => {
    await openWith({ state: "blocked", error: problem("dns-credentials") });
    expect(only(".card-problem", card()).dataset["code"]).toBe("dns-credentials");
  });

  it("shows its records, and which are not there yet or go away", async () => {
    const name = "home.example.org";
    await openWith({
      records: [
        { name, type: "A", value: "198.51.100.7", ttl: 60, state: "published" },
        { name, type: "AAAA", value: "2001:db8::7", ttl: 60, state: "planned" },
        {
          name: `_minecraft._tcp.${name}`,
          type: "SRV",
          value: `0 5 25570 ${name}`,
          ttl: 300,
          state: "removing",
        },
      ],
    });
    expect(only(".records summary", card()).textContent).toBe("3 records");
    await unfold(only(".records", card()));
    expect(only("caption", card()).textContent).toBe("Records of home.example.org");
    const rows = [...card().querySelectorAll("tbody tr")].map((row) =>
      [...row.querySelectorAll("td")].map((cell) => cell.textContent),
    );
    expect(rows).toEqual([
      ["home.example.org", "A", "198.51.100.7", "60 s"],
      ["home.example.org", "AAAA", "2001:db8::7not written yet", "60 s"],
      [
        "_minecraft._tcp.home.example.org",
        "SRV",
        "0 5 25570 home.example.orgbeing removed",
        "300 s",
      ],
    ]);
  });
});

describe("its last updates", () => {
  const open = () => unfold(only(".updates", card()));
  const shown = () =>
    [...card().querySelectorAll(".update-list > li")].map((item) => item.textContent);
  const name = "home.example.org";
  const at = "2026-05-04T11:45:00.000Z";

  it("are asked for once they are opened, and say what became what", async () => {
    const fake = await openWith({});
    fake.reply("nameHistory", () => ({
      ok: true,
      value: [
        {
          at,
          outcome: "failed",
          changes: [{ name, type: "A", from: ["198.51.100.7"], to: ["198.51.100.8"] }],
          error: problem("dns-unreachable", "ENOTFOUND"),
          times: 3,
        },
        {
          at,
          outcome: "written",
          changes: [
            { name, type: "A", from: [], to: ["198.51.100.7"] },
            { name, type: "AAAA", from: ["2001:db8::7"], to: [] },
          ],
          error: null,
          times: 1,
        },
      ],
    }));
    expect(fake.requestsOf("nameHistory")).toEqual([]);
    await open();
    expect(fake.requestsOf("nameHistory")).toEqual([{ fqdn: name, account: "mine" }]);
    expect(shown()).toEqual([
      `Failed, 3 times15 minutes ago${problem("dns-unreachable", "ENOTFOUND").message}` +
        `A ${name}198.51.100.7 →  became 198.51.100.8`,
      `Written15 minutes agoA ${name}none →  became 198.51.100.7AAAA ${name}2001:db8::7 →  became none`,
    ]);
  });

  it("are asked for again when the name changed since", async () => {
    const fake = await openWith({});
    fake.reply("nameHistory", () => ({ ok: true, value: [] }));
    await open();
    expect(card().textContent).toContain("Nothing was written yet.");
    const lastChange = "2026-05-04T12:00:00.000Z";
    await emit(fake, sampleSnapshot({ revision: 2, names: [sampleName({ lastChange })] }));
    expect(fake.requestsOf("nameHistory")).toHaveLength(2);
  });
});

it("hands the focus to the heading when it goes", async () => {
  const fake = await openWith({});
  await press("Update home.example.org now");
  await emit(fake, sampleSnapshot({ revision: 2 }));
  expect(document.activeElement?.id).toBe("names-title");
});

describe("Update now", () => {
  it("has the name written and checked", async () => {
    const fake = await openWith({ state: "error" });
    await press("Update home.example.org now");
    expect(fake.requestsOf("updateName")).toEqual([{ fqdn: "home.example.org" }]);
  });

  it("waits while it is being written", async () => {
    const fake = await openWith({ state: "writing" });
    await press("Update home.example.org now");
    expect(fake.requestsOf("updateName")).toEqual([]);
  });
});

it.each([
  ["2026-05-04T12:00:00.900Z", "just now"],
  ["2026-05-04T11:59:59.100Z", "just now"],
  ["2026-05-04T11:59:59.000Z", "1 second ago"],
  ["2026-05-04T12:00:40.000Z", "in 40 seconds"],
  ["2026-05-04T11:58:01.000Z", "1 minute ago"],
  ["2026-05-04T15:59:00.000Z", "in 3 hours"],
  ["2026-05-01T12:00:00.000Z", "3 days ago"],
])("formatWhen %s is %s", (at, words) => {
  expect(formatWhen(at, sampleTime)).toBe(words);
});
