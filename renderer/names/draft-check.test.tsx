import { act } from "react";
import { afterEach, describe, expect, it } from "vitest";
import { problem } from "../../shared/problems.ts";
import type { PublicSettings } from "../../shared/settings.ts";
import {
  sampleAccount,
  sampleName,
  sampleNameSetting,
  sampleSnapshot,
} from "../testing/samples.ts";
import { closeWindow, fill, only, openWindow, press } from "../testing/window.tsx";

afterEach(closeWindow);

const account = { id: "duckdns", provider: "duckdns", label: "", user: "", server: "", zone: "" };
const status = () => only(".draft-check output");

async function addName() {
  const fake = await openWindow(
    sampleSnapshot({ settings: { theme: "system", gateway: null, accounts: [], names: [] } }),
  );
  await press("Add a name…");
  await fill("Name", "home");
  await fill("Token", "s3cret");
  return fake;
}

describe("testing an account", () => {
  it.each([
    ["accepted", "The provider accepts this account for this name."],
    ["untestable", "This provider offers no test; the first update will show whether it is right."],
  ])("%s", async (value, words) => {
    const fake = await addName();
    fake.reply("testAccount", () => ({ ok: true, value }));
    await press("Test the account");
    expect(fake.requestsOf("testAccount")).toEqual([
      { account, secret: "s3cret", fqdn: "home.duckdns.org" },
    ]);
    expect(status().textContent).toBe(words);
    expect(fake.requestsOf("setAccount")).toEqual([]);
  });

  it("says why it was refused, and no more once something else is typed", async () => {
    const fake = await addName();
    const error = problem("dns-credentials");
    fake.reply("testAccount", () => ({ ok: false, error }));
    await press("Test the account");
    expect(status().textContent).toBe(error.message);
    expect(only(".finding").dataset["code"]).toBe("dns-credentials");
    await fill("Token", "another");
    expect(status().textContent).toBe("");
  });

  it("asks nobody while something is missing, and says what", async () => {
    const fake = await addName();
    await fill("Token", "");
    await press("Test the account");
    expect(fake.requestsOf("testAccount")).toEqual([]);
    expect(only(".field-error").textContent).toBe("Token is missing.");
  });

  it("says that it is being asked, and drops an answer that comes too late", async () => {
    const fake = await addName();
    let answer: (value: { ok: true; value: unknown }) => void = () => undefined;
    fake.reply("testAccount", () => new Promise((resolve) => (answer = resolve)));
    await press("Test the account");
    expect(status().textContent).toBe("The provider is being asked…");
    await press("Test the account");
    expect(fake.requestsOf("testAccount")).toHaveLength(1);
    await fill("Token", "another");
    await act(async () => answer({ ok: true, value: "accepted" }));
    expect(status().textContent).toBe("");
  });

  it("uses the kept secret of an account that is there", async () => {
    const settings: PublicSettings = {
      theme: "system",
      gateway: null,
      accounts: [sampleAccount()],
      names: [sampleNameSetting()],
    };
    const fake = await openWindow(sampleSnapshot({ names: [sampleName()], settings }));
    fake.reply("testAccount", () => ({ ok: true, value: "accepted" }));
    await press("Change home.example.org…");
    await press("Test the account");
    expect(fake.requestsOf("testAccount")).toEqual([
      { account: sampleAccount(), fqdn: "home.example.org" },
    ]);
  });
});

describe("what would be written", () => {
  it("is shown as a table, with what friends would type", async () => {
    const fake = await addName();
    const name = "home.duckdns.org";
    fake.reply("previewName", () => ({
      ok: true,
      value: {
        records: [{ name, type: "A", value: "198.51.100.7", ttl: 60, state: "planned" }],
        shares: [{ exposure: "tcp/8080", text: `${name}:8080` }],
        problems: [problem("shared-address", "100.64.0.1")],
      },
    }));
    await press("Preview records");
    expect(fake.requestsOf("previewName")).toMatchObject([
      { account, secret: "s3cret", name: { fqdn: name, account: "duckdns" } },
    ]);
    expect(status().textContent).toBe("One record would be written.");
    expect(only(".preview caption").textContent).toBe("What would be written");
    expect(only(".preview tbody").textContent).toContain("198.51.100.7");
    expect(only(".preview .hint").textContent).toBe(`Friends would type ${name}:8080`);
    expect(only(".preview .finding").dataset["code"]).toBe("shared-address");
    expect(fake.requestsOf("setName")).toEqual([]);
  });

  it("may be nothing", async () => {
    const fake = await addName();
    fake.reply("previewName", () => ({
      ok: true,
      value: { records: [], shares: [], problems: [] },
    }));
    await press("Preview records");
    expect(status().textContent).toContain("Nothing would be written");
  });
});
