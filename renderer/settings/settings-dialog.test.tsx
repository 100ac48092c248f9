import { act } from "react";
import { afterEach, describe, expect, it } from "vitest";
import type { PublicSettings } from "../../shared/settings.ts";
import type { Snapshot } from "../../shared/snapshot.ts";
import { followTheme } from "../theme.ts";
import { sampleSnapshot } from "../testing/samples.ts";
import {
  button,
  closeWindow,
  emit,
  fieldOf,
  fill,
  only,
  openWindow,
  press,
  unfold,
} from "../testing/window.tsx";

afterEach(closeWindow);

async function openSettings(settings: PublicSettings = { theme: "system", gateway: null }) {
  const fake = await openWindow(sampleSnapshot({ settings }));
  await press("Settings");
  return fake;
}

const save = () => press("Save", only("dialog"));

function selectOf(label: string): HTMLSelectElement | null {
  const found = [...only("dialog").querySelectorAll("label")].find(
    (it) => it.textContent === label,
  );
  return found === undefined ? null : document.querySelector(`select[id="${found.htmlFor}"]`);
}

describe("the theme", () => {
  it("is sent at once, and shown as the engine tells it", async () => {
    const fake = await openSettings();
    await act(async () => fieldOf("Dark").click());
    expect(fake.requestsOf("updateSettings")).toEqual([{ theme: "dark" }]);
    await emit(fake, sampleSnapshot({ revision: 2, settings: { theme: "dark", gateway: null } }));
    expect(fieldOf("Dark").checked).toBe(true);
  });

  it("says why it could not be kept", async () => {
    const fake = await openSettings();
    fake.refuse("updateSettings", "The disk is full.");
    await act(async () => fieldOf("Dark").click());
    expect(only("dialog").textContent).toContain("The disk is full.");
    expect(fieldOf("System").checked).toBe(true);
  });

  it("is put on the document; the system's is left to the system", async () => {
    const fake = await openWindow(sampleSnapshot());
    const stop = followTheme(document.documentElement);
    const settingsOf = (theme: PublicSettings["theme"]) => ({ theme, gateway: null });
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
    await emit(fake, sampleSnapshot({ revision: 2, settings: settingsOf("dark") }));
    expect(document.documentElement.dataset["theme"]).toBe("dark");
    await emit(fake, sampleSnapshot({ revision: 3, settings: settingsOf("system") }));
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
    stop();
  });
});

describe("the announcement of Homeport", () => {
  it("is off until it is asked for", async () => {
    const label = "Tell other devices at home that Homeport runs here";
    const fake = await openSettings();
    expect(fieldOf(label).checked).toBe(false);
    await act(async () => fieldOf(label).click());
    expect(fake.requestsOf("updateSettings")).toEqual([{ announce: true }]);
    const settings = { theme: "system", gateway: null, announce: true } as const;
    await emit(fake, sampleSnapshot({ revision: 2, settings }));
    expect(fieldOf(label).checked).toBe(true);
  });
});

describe("the router's address", () => {
  it.each([
    ["192.168.1.254", "192.168.1.254"],
    [" fd00::1 ", "fd00::1"],
    ["10.0.0.1,10.0.0.2 ,", "10.0.0.1, 10.0.0.2"],
    ["", null],
  ])("“%s” is sent as %s", async (typed, gateway) => {
    const fake = await openSettings({ theme: "system", gateway: "10.0.0.1" });
    expect(fieldOf("Router address").value).toBe("10.0.0.1");
    await fill("Router address", typed);
    await save();
    expect(fake.requestsOf("updateSettings")).toEqual([{ gateway }]);
    expect(only(".inline-status").textContent).toBe("Saved");
  });

  it.each(["router", "192.168.1", "192.168.1.256", "192.168.1.1:80", "fe80::1%eth0", "0x7f.1"])(
    "“%s” is refused with a reason, and nothing is lost",
    async (typed) => {
      const fake = await openSettings();
      await fill("Router address", typed);
      await save();
      expect(fake.requestsOf("updateSettings")).toEqual([]);
      expect(fieldOf("Router address").getAttribute("aria-invalid")).toBe("true");
      expect(only("dialog").textContent).toContain("That is not an IP address.");
      expect(fieldOf("Router address").value).toBe(typed);
    },
  );

  it("names four at most, and as many spellings of each as one likes", async () => {
    const fake = await openSettings();
    const five = "10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, fd00::1";
    await fill("Router address", five);
    await save();
    expect(fake.requestsOf("updateSettings")).toEqual([]);
    expect(only("dialog").textContent).toContain("At most 4 routers");
    await fill("Router address", "fd00::1, FD00:0::1, 10.0.0.1, 10.0.0.2, 10.0.0.3");
    await save();
    expect(fake.requestsOf("updateSettings")).toEqual([
      { gateway: "fd00::1, 10.0.0.1, 10.0.0.2, 10.0.0.3" },
    ]);
  });

  it("is not called saved when it was not, or when it was changed since", async () => {
    const fake = await openSettings();
    fake.refuse("updateSettings", "The disk is full.");
    await fill("Router address", "192.168.1.2");
    await save();
    expect(only(".inline-status").textContent).toBe("");
    expect(only("dialog").textContent).toContain("The disk is full.");
    fake.reply("updateSettings", () => ({ ok: true, value: null }));
    await save();
    await fill("Router address", "192.168.1.3");
    expect(only(".inline-status").textContent).toBe("");
  });
});

describe("the connection", () => {
  const cable = {
    name: "eth0",
    kind: "ethernet",
    address: "192.168.77.10",
    gateway: "192.168.77.1",
    inUse: true,
  } as const;
  const vpn = {
    name: "tun0",
    kind: "vpn",
    address: "10.8.0.2",
    gateway: null,
    inUse: false,
  } as const;
  const openWith = async (
    interfaces: Snapshot["interfaces"] & object,
    chosen: string | null = null,
  ) => {
    const settings = { theme: "system", gateway: null, interface: chosen } as const;
    const fake = await openWindow(sampleSnapshot({ interfaces, settings }));
    await press("Settings");
    return fake;
  };
  const select = () => selectOf("Connection");
  const choose = async (value: string): Promise<void> => {
    await act(async () => {
      const field = select();
      if (field === null) throw new Error("no choice of a connection");
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };

  it("is chosen where there are several", async () => {
    const fake = await openWith([vpn, cable]);
    expect([...(select()?.options ?? [])].map(({ text }) => text)).toEqual([
      "Automatic: Cable (eth0), 192.168.77.10",
      "VPN (tun0), 10.8.0.2 (no router)",
      "Cable (eth0), 192.168.77.10",
    ]);
    await choose("eth0");
    await choose("");
    expect(fake.requestsOf("updateSettings")).toEqual([{ interface: "eth0" }, { interface: null }]);
  });

  it("is no question where there is one", async () => {
    await openWith([cable]);
    expect(select()).toBeNull();
  });

  it("that is away stays the one chosen, and can be given up", async () => {
    const fake = await openWith([cable], "wlan0");
    expect(select()?.value).toBe("wlan0");
    expect(select()?.selectedOptions[0]?.text).toBe("wlan0 (not connected)");
    await choose("");
    expect(fake.requestsOf("updateSettings")).toEqual([{ interface: null }]);
  });
});

describe("the two periodic checks", () => {
  const address = "Ask the router for the internet address";
  const ports = "Check the open ports";
  const openWith = async (inquiryMinutes: number, tableCheckMinutes: 5 | 30 | 60) => {
    const pace = { inquiryMinutes, tableCheckMinutes };
    const fake = await openSettings({ theme: "system", gateway: null, ...pace });
    await unfold(only("dialog details"));
    return fake;
  };
  const choose = async (label: string, value: string): Promise<void> => {
    const field = selectOf(label);
    if (field === null) throw new Error(`no choice “${label}”`);
    await act(async () => {
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };

  it("are as often as the user says", async () => {
    const fake = await openWith(60, 5);
    expect(selectOf(address)?.selectedOptions[0]?.text).toBe("Every hour");
    expect([...(selectOf(ports)?.options ?? [])].map(({ text }) => text)).toEqual([
      "Every 5 minutes",
      "Every 30 minutes",
      "Every hour",
    ]);
    await choose(ports, "30");
    await choose(address, "240");
    expect(fake.requestsOf("updateSettings")).toEqual([
      { tableCheckMinutes: 30 },
      { inquiryMinutes: 240 },
    ]);
  });

  it("keep a number that stands in the settings file alone", async () => {
    await openWith(90, 60);
    expect(selectOf(address)?.value).toBe("90");
    expect(selectOf(ports)?.value).toBe("60");
  });
});

describe("the check from the internet", () => {
  const label = "Check the address from the internet";
  const openWith = (observer: string | null = null) =>
    openSettings({ theme: "system", gateway: null, observer });
  const choose = async (value: string): Promise<void> => {
    const field = selectOf(label);
    if (field === null) throw new Error(`no choice “${label}”`);
    await act(async () => {
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };
  const saveServer = () => press("Save", only("form:has([name='observer'])"));

  it("is off, until a server is chosen; who it is and what it learns is told", async () => {
    const fake = await openWith();
    expect(selectOf(label)?.selectedOptions[0]?.text).toBe("Off: nobody is asked");
    expect(only("dialog").textContent).toContain("learns your internet address, and nothing else");
    await choose("stun.cloudflare.com:3478");
    await choose("");
    expect(fake.requestsOf("updateSettings")).toEqual([
      { observer: "stun.cloudflare.com:3478" },
      { observer: null },
    ]);
  });

  it("by a server of one's own begins when its name is saved", async () => {
    const fake = await openWith();
    await choose("own");
    expect(fake.requestsOf("updateSettings")).toEqual([]);
    await fill("STUN server", "192.168.1.5");
    await saveServer();
    expect(fieldOf("STUN server").getAttribute("aria-invalid")).toBe("true");
    expect(only("dialog").textContent).toContain("the server has to be on the internet");
    await fill("STUN server", " stun:STUN.example.org ");
    await saveServer();
    expect(fake.requestsOf("updateSettings")).toEqual([{ observer: "stun.example.org:3478" }]);
    expect(fieldOf("STUN server").getAttribute("aria-invalid")).toBe("false");
  });

  it("shows a server of one's own again, and gives it up for a known one", async () => {
    const fake = await openWith("stun.example.org:3478");
    expect(selectOf(label)?.value).toBe("own");
    expect(fieldOf("STUN server").value).toBe("stun.example.org:3478");
    await choose("stun.nextcloud.com:443");
    expect(fake.requestsOf("updateSettings")).toEqual([{ observer: "stun.nextcloud.com:443" }]);
    expect(document.querySelector("[name='observer']")).toBeNull();
  });

  it("says why the choice could not be kept", async () => {
    const fake = await openWith();
    fake.refuse("updateSettings", "The disk is full.");
    await choose("stun.l.google.com:19302");
    expect(only("dialog").textContent).toContain("The disk is full.");
    expect(selectOf(label)?.value).toBe("");
  });
});

describe("passwords and tokens", () => {
  const openWith = async (secretStorage: Snapshot["secretStorage"]) => {
    const fake = await openWindow(
      sampleSnapshot(secretStorage === undefined ? {} : { secretStorage }),
    );
    await press("Settings");
    return fake;
  };
  const section = () => document.querySelector<HTMLElement>("[data-storage]");
  const tick = () => act(async () => section()?.querySelector("input")?.click());

  it("are in the keychain where there is one, and nothing is to be chosen", async () => {
    await openWith("keychain");
    expect(section()?.textContent).toContain("this system’s keychain");
    expect(section()?.querySelector("input")).toBeNull();
  });

  it("are forgotten without one, unless the user wants a file and knows what that means", async () => {
    const fake = await openWith("session");
    expect(section()?.textContent).toContain("forgotten when Homeport quits");
    expect(section()?.textContent).toContain("any program that you run could");
    await tick();
    expect(fake.requestsOf("chooseSecretStorage")).toEqual([{ file: true }]);
  });

  it("in a file may be taken back", async () => {
    const fake = await openWith("file");
    await tick();
    expect(fake.requestsOf("chooseSecretStorage")).toEqual([{ file: false }]);
    fake.refuse("chooseSecretStorage", "The disk is read-only.");
    await tick();
    expect(only("dialog").textContent).toContain("The disk is read-only.");
  });

  it("are nothing to choose about before it is known where they go", async () => {
    await openWith(undefined);
    expect(section()).toBeNull();
  });
});

it("does not open before the settings are known, nor by itself when they are", async () => {
  const fake = await openWindow(null);
  await press("Settings");
  expect(button("Settings").getAttribute("aria-disabled")).toBe("true");
  await emit(fake, sampleSnapshot());
  expect(document.querySelector("dialog")).toBeNull();
});

it("closes", async () => {
  await openSettings();
  await press("Close");
  expect(document.querySelector("dialog")).toBeNull();
  expect(button("Settings")).toBeDefined();
});
