import { act } from "react";
import { afterEach, describe, expect, it } from "vitest";
import type { PublicSettings } from "../../shared/settings.ts";
import type { Name } from "../../shared/snapshot.ts";
import {
  sampleAccount,
  sampleExposure,
  sampleName,
  sampleNameSetting,
  sampleServer,
  sampleSnapshot,
} from "../testing/samples.ts";
import {
  button,
  closeWindow,
  emit,
  fieldOf,
  fill,
  hasButton,
  only,
  openWindow,
  press,
} from "../testing/window.tsx";

afterEach(closeWindow);

function snapshotOf(settings: Partial<PublicSettings>, names: readonly Name[] = []) {
  return sampleSnapshot({
    names,
    servers: [sampleServer()],
    exposures: [sampleExposure(), sampleExposure({ transport: "udp", internalPort: 2456 })],
    settings: { theme: "system", gateway: null, accounts: [], names: [], ...settings },
  });
}

async function addName(settings: Partial<PublicSettings> = {}) {
  const fake = await openWindow(snapshotOf(settings));
  await press("Add a name…");
  return fake;
}

async function changeName() {
  const settings = { accounts: [sampleAccount()], names: [sampleNameSetting({ ttl: 300 })] };
  const fake = await openWindow(snapshotOf(settings, [sampleName()]));
  await press("Change home.example.org…");
  return fake;
}

async function choose(label: string, value: string): Promise<void> {
  const list = fieldOf(label) as unknown as HTMLSelectElement;
  await act(async () => {
    list.value = value;
    list.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

const tick = (label: string) =>
  act(async () => {
    const found = [...document.querySelectorAll("label")].find((it) => it.textContent === label);
    found?.querySelector("input")?.click();
  });

const errors = () => [...document.querySelectorAll(".field-error")].map((it) => it.textContent);

const hasField = (label: string) =>
  [...document.querySelectorAll("label")].some((it) => it.textContent === label);

const dialog = () => document.querySelector("dialog");

describe("a new name", () => {
  it("at a new account comes with the account and its secret", async () => {
    const fake = await addName();
    await fill("Name", "Home");
    await fill("Token", "s3cret");
    await press("Add name");
    expect(fake.requestsOf("setAccount")).toEqual([
      {
        id: "duckdns",
        provider: "duckdns",
        label: "",
        user: "",
        server: "",
        zone: "",
        secret: "s3cret",
      },
    ]);
    expect(fake.requestsOf("setName")).toEqual([
      {
        fqdn: "home.duckdns.org",
        account: "duckdns",
        exposures: "all",
        addresses: "both",
        whenUnused: "remove",
        takeOver: false,
        webName: "",
      },
    ]);
    expect(dialog()).toBeNull();
  });

  it("asks for what the provider wants, and says what is missing", async () => {
    const fake = await addName();
    await choose("Where it is kept", "dyndns2");
    await press("Add name");
    expect(errors()).toEqual([
      "Enter a name.",
      "Server is missing.",
      "User name is missing.",
      "Password is missing.",
    ]);
    expect(document.activeElement).toBe(fieldOf("Name"));
    await fill("Name", "home.example.org");
    await fill("Server", "dyn.example.org");
    await fill("User name", "me");
    await fill("Password", " with spaces ");
    await press("Add name");
    expect(fake.requestsOf("setAccount")).toMatchObject([
      { provider: "dyndns2", server: "dyn.example.org", user: "me", secret: " with spaces " },
    ]);
  });

  it("at an own DNS server may come with its zone", async () => {
    const fake = await addName();
    await choose("Where it is kept", "dns-update");
    await fill("Name", "home.example.org");
    await fill("TSIG key, as the server has it", "key");
    await fill("Zone (optional)", "two words");
    await press("Add name");
    expect(errors()).toEqual(["That is not a host name. It looks like home.example.org."]);
    await fill("Zone (optional)", "Example.org.");
    await press("Add name");
    expect(fake.requestsOf("setAccount")).toMatchObject([{ zone: "example.org", server: "" }]);
  });

  it("hides the secret, and forgets it with the provider, as it does the user", async () => {
    await addName();
    await choose("Where it is kept", "dyndns2");
    await fill("User name", "me");
    await choose("Where it is kept", "dnsomatic");
    expect(fieldOf("User name").value).toBe("");
    await choose("Where it is kept", "duckdns");
    await fill("Token", "s3cret");
    expect(fieldOf("Token").type).toBe("password");
    await choose("Where it is kept", "he");
    expect(fieldOf("Key of the name").value).toBe("");
  });

  it("at an account that is there needs nothing of it, and it stays as it is", async () => {
    const fake = await addName({ accounts: [sampleAccount({ provider: "noip", user: "me" })] });
    const list = fieldOf("Where it is kept") as unknown as HTMLSelectElement;
    expect(list.selectedOptions[0]?.text).toBe("No-IP (me)");
    await fill("Name", "home.ddns.net");
    await press("Add name");
    expect(fake.requestsOf("setAccount")).toEqual([]);
    expect(fake.requestsOf("setName")).toMatchObject([{ fqdn: "home.ddns.net", account: "mine" }]);
  });

  it("at a second account of a provider does not replace the first", async () => {
    const fake = await addName({ accounts: [sampleAccount({ id: "duckdns" })] });
    await choose("Where it is kept", "duckdns");
    await fill("Name", "two");
    await fill("Token", "s3cret");
    await press("Add name");
    expect(fake.requestsOf("setAccount")).toMatchObject([{ id: "duckdns-2" }]);
    expect(fake.requestsOf("setName")).toMatchObject([{ account: "duckdns-2" }]);
  });

  it("does not replace one of the same name", async () => {
    const fake = await addName({
      accounts: [sampleAccount({ provider: "ovh", user: "me" })],
      names: [sampleNameSetting()],
    });
    await fill("Name", "home.example.org");
    await press("Add name");
    expect(errors()).toEqual(["This name is in the list already."]);
    expect(fake.requestsOf("setName")).toEqual([]);
  });

  it("does not make the account twice when the name was refused", async () => {
    const fake = await addName();
    fake.refuse("setName", "There are too many names.");
    await fill("Name", "home");
    await fill("Token", "s3cret");
    await press("Add name");
    expect(only("dialog").textContent).toContain("There are too many names.");
    fake.reply("setName", () => ({ ok: true, value: null }));
    await emit(fake, {
      ...snapshotOf({ accounts: [sampleAccount({ id: "duckdns" })] }),
      revision: 2,
    });
    await press("Add name");
    expect(fake.requestsOf("setAccount")).toHaveLength(1);
    expect(fake.requestsOf("setName").map(({ account }) => account)).toEqual([
      "duckdns",
      "duckdns",
    ]);
    expect(dialog()).toBeNull();
  });

  it("stays in the form when its account was refused", async () => {
    const fake = await addName();
    fake.refuse("setAccount", "The keychain is locked.");
    await fill("Name", "home");
    await fill("Token", "s3cret");
    await press("Add name");
    expect(only("dialog").textContent).toContain("The keychain is locked.");
    expect(fake.requestsOf("setName")).toEqual([]);
    expect(fieldOf("Token").value).toBe("s3cret");
  });

  it("may come with a web name, where the provider can send browsers on", async () => {
    const fake = await addName();
    expect(hasField("Web name (optional)")).toBe(false);
    await choose("Where it is kept", "porkbun");
    await fill("Name", "home.example.org");
    await fill("Both keys (pk1_… sk1_…)", "pk1_a sk1_b");
    await fill("Web name (optional)", "home.example.org");
    await press("Add name");
    expect(errors()).toEqual(["It has to be another name than those that lead here."]);
    expect((only("details.more") as HTMLDetailsElement).open).toBe(true);
    expect(document.activeElement).toBe(fieldOf("Web name (optional)"));
    await fill("Web name (optional)", "WWW.example.org");
    await press("Add name");
    expect(fake.requestsOf("setName")).toMatchObject([
      { fqdn: "home.example.org", webName: "www.example.org" },
    ]);
  });

  it("leads to what is chosen", async () => {
    const fake = await addName({ accounts: [sampleAccount()] });
    await fill("Name", "home");
    await act(async () => fieldOf("Some of it").click());
    await tick("caddy (tcp/8080)");
    await tick("Port 2456 (udp/2456)");
    await press("Add name");
    expect(errors()).toEqual(["Choose what the name leads to."]);
    await tick("Port 2456 (udp/2456)");
    await press("Add name");
    expect(fake.requestsOf("setName")).toMatchObject([{ exposures: ["udp/2456"] }]);
  });
});

describe("a name that is there", () => {
  it("is changed with all that the form does not show", async () => {
    const fake = await changeName();
    expect(only("dialog h2").textContent).toBe("Change home.example.org");
    await act(async () => fieldOf("IPv4").click());
    await tick("Replace records that others made under this name");
    await press("Save");
    expect(fake.requestsOf("setAccount")).toEqual([]);
    expect(fake.requestsOf("setName")).toEqual([
      sampleNameSetting({ ttl: 300, addresses: "ipv4", takeOver: true }),
    ]);
  });

  it("takes a new secret for its account", async () => {
    const fake = await changeName();
    await fill("Token", "new");
    await press("Save");
    expect(fake.requestsOf("setAccount")).toEqual([{ ...sampleAccount(), secret: "new" }]);
  });

  it("takes another user for its account, which keeps its secret", async () => {
    const account = sampleAccount({ provider: "ovh", user: "me" });
    const fake = await openWindow(
      snapshotOf({ accounts: [account], names: [sampleNameSetting()] }, [sampleName()]),
    );
    await press("Change home.example.org…");
    await fill("DynHost user", "you");
    await press("Save");
    expect(fake.requestsOf("setAccount")).toEqual([{ ...account, user: "you" }]);
  });

  it("is removed after a second press, and the focus goes to the heading", async () => {
    const fake = await changeName();
    await press("Remove home.example.org");
    expect(fake.requestsOf("removeName")).toEqual([]);
    await press("Really remove? home.example.org");
    expect(fake.requestsOf("removeName")).toEqual([{ fqdn: "home.example.org", account: "mine" }]);
    expect(dialog()).toBeNull();
    expect(document.activeElement?.id).toBe("names-title");
  });

  it("is not removed by a press long after the first", async () => {
    const fake = await changeName();
    await press("Remove home.example.org");
    await act(async () => fieldOf("Token").focus());
    await press("Remove home.example.org");
    expect(fake.requestsOf("removeName")).toEqual([]);
  });

  it("cannot be changed any more while its records are taken away", async () => {
    await openWindow(snapshotOf({}, [sampleName()]));
    expect(hasButton("Change home.example.org…")).toBe(false);
    expect(button("Update home.example.org now")).toBeDefined();
  });
});

describe("accounts in the settings", () => {
  const accounts = [sampleAccount(), sampleAccount({ id: "spare", provider: "ovh", user: "me" })];

  it("are forgotten after a second press that says what goes with them", async () => {
    const fake = await openWindow(snapshotOf({ accounts, names: [sampleNameSetting()] }));
    await press("Settings");
    await press("Remove DuckDNS (mine)");
    expect(fake.requestsOf("removeAccount")).toEqual([]);
    await press("Remove with 1 name? DuckDNS (mine)");
    await press("Remove OVHcloud (me)");
    await press("Really remove? OVHcloud (me)");
    expect(fake.requestsOf("removeAccount")).toEqual([{ id: "mine" }, { id: "spare" }]);
  });

  it("are called by their provider where nothing else tells them apart", async () => {
    await openWindow(snapshotOf({ accounts: [sampleAccount({ id: "duckdns" })] }));
    await press("Settings");
    expect(hasButton("Remove DuckDNS")).toBe(true);
  });

  it("say why one could not be forgotten", async () => {
    const fake = await openWindow(snapshotOf({ accounts }));
    fake.refuse("removeAccount", "The keychain is locked.");
    await press("Settings");
    await press("Remove OVHcloud (me)");
    await press("Really remove? OVHcloud (me)");
    expect(only("dialog").textContent).toContain("The keychain is locked.");
  });
});
