import { act } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Result } from "../../shared/contract.ts";
import type { RecognisedServer } from "../../shared/snapshot.ts";
import {
  sampleExposure,
  sampleGame,
  sampleGateway,
  sampleNetworkService,
  sampleServer,
  sampleSnapshot,
} from "../testing/samples.ts";
import {
  button,
  closeWindow,
  emit,
  hasButton,
  only,
  openWindow,
  press,
  unfold,
} from "../testing/window.tsx";

afterEach(closeWindow);

const openWith = (...servers: RecognisedServer[]) => openWindow(sampleSnapshot({ servers }));

const row = (id: string) => only(`[data-testid="server-${id}"]`);

const listed = () =>
  [...document.querySelectorAll<HTMLElement>("[data-testid^=server-]")].map(
    ({ dataset }) => dataset["testid"],
  );

function named(name: string, part: Partial<RecognisedServer> = {}): RecognisedServer {
  return sampleServer({ process: { pid: 1, name, commandLine: "" }, ...part });
}

describe("a row", () => {
  it("names program, port, who reaches it and how it was started", async () => {
    await openWith(sampleServer());
    expect(only("strong", row("tcp-8080")).textContent).toBe("caddy");
    expect(only(".port", row("tcp-8080")).textContent).toBe("tcp/8080");
    expect(only(".row-scope > span", row("tcp-8080")).textContent).toBe("Your whole network");
    expect(only(".row-command", row("tcp-8080")).textContent).toBe("caddy run --config Caddyfile");
  });

  it("names what really serves behind an interpreter", async () => {
    const process = {
      pid: 1,
      name: "java",
      commandLine: "java -jar server.jar",
      program: { kind: "java", name: "server.jar" },
    } as const;
    await openWith(sampleServer({ process }));
    expect(hasButton("Expose server.jar tcp/8080")).toBe(true);
  });

  it("is titled by the service, with its program and what it tells of itself below", async () => {
    await openWith(sampleGame());
    expect(only("strong", row("tcp-25565")).textContent).toBe("Minecraft: Java Edition");
    const about = only(".row-about", row("tcp-25565"));
    expect(about.textContent).toBe("paper-1.21.8.jar · “Sunday world” · 3 of 20 players · 1.21.8");
    expect(about.title).toBe("java -Xmx4G -jar paper-1.21.8.jar nogui");
    expect(hasButton("Expose Minecraft: Java Edition tcp/25565")).toBe(true);
  });

  it("shows what a server tells of itself that was not recognised", async () => {
    const details = { name: null, players: 2, maxPlayers: null, version: null };
    await openWith(sampleServer({ details }));
    expect(only(".row-about", row("tcp-8080")).textContent).toBe("2 players");
  });

  it("does not say twice what a page calls itself", async () => {
    const details = { name: "Wiki", players: null, maxPlayers: null, version: null };
    await openWith(sampleServer({ title: "Wiki", details }));
    expect(only(".row-about", row("tcp-8080")).textContent).toBe("caddy run --config Caddyfile");
  });

  it("shows the server's own picture beside its name", async () => {
    const icon = "data:image/png;base64,iVBORw0KGgo=";
    const details = { name: "Wiki", players: null, maxPlayers: null, version: null, icon };
    await openWith(sampleServer({ title: "Wiki", details }));
    expect(only("img", row("tcp-8080")).getAttribute("src")).toBe(icon);
  });

  it("says that a world opened to LAN is exposed for this session only", async () => {
    const service = {
      id: "minecraft-lan",
      name: "Minecraft, opened to LAN",
      role: "game",
      confidence: "high",
      evidence: [],
    } as const;
    const fake = await openWith(sampleServer({ port: 54_321, title: "Ann - Garden", service }));
    expect(only(".row-notes", row("tcp-54321")).textContent).toContain("this session only");
    await press("Expose Ann - Garden tcp/54321");
    expect(fake.requestsOf("expose")).toHaveLength(1);
  });

  it("says that a service was only guessed", async () => {
    const service = {
      id: "ssh",
      name: "SSH",
      role: null,
      confidence: "low",
      evidence: [],
    } as const;
    await openWith(sampleServer({ port: 22, process: null, service, title: "SSH" }));
    expect(only(".row-about", row("tcp-22")).textContent).toBe("guessed from its port");
  });

  it("does without an owner that the system hides", async () => {
    await openWith(sampleServer({ process: null }));
    expect(hasButton("Expose Unknown program tcp/8080")).toBe(true);
    expect(document.querySelector(".row-command")).toBeNull();
  });

  it("shows text of a program as text", async () => {
    await openWith(named("<img src=x onerror=alert(1)>"));
    expect(only("strong").textContent).toBe("<img src=x onerror=alert(1)>");
    expect(document.querySelector("img")).toBeNull();
  });
});

describe("Expose", () => {
  it("asks once, however often it is pressed", async () => {
    const fake = await openWith(sampleServer());
    let answer: (result: Result<unknown>) => void = () => {};
    fake.reply("expose", () => new Promise((resolve) => (answer = resolve)));
    await press("Expose caddy tcp/8080");
    await press("Expose caddy tcp/8080");
    expect(fake.requestsOf("expose")).toEqual([
      { transport: "tcp", internalPort: 8080, externalPort: null },
    ]);
    await act(async () => answer({ ok: true, value: null }));
    await press("Expose caddy tcp/8080");
    expect(fake.requestsOf("expose")).toHaveLength(2);
  });

  it("says above the lists why it did not work, until it does", async () => {
    const fake = await openWith(sampleServer());
    fake.refuse("expose", "The disk is full.");
    await press("Expose caddy tcp/8080");
    expect(only('[role="alert"]').textContent).toBe("The disk is full.");
    fake.reply("expose", () => ({ ok: true, value: null }));
    await press("Expose caddy tcp/8080");
    expect(document.querySelector('[role="alert"]')).toBeNull();
  });

  it("leads the focus to the card that takes the row's place", async () => {
    const fake = await openWith(sampleServer());
    await press("Expose caddy tcp/8080");
    const exposures = [sampleExposure({ state: "mapping" })];
    await emit(fake, sampleSnapshot({ revision: 2, servers: [sampleServer()], exposures }));
    expect(listed()).toEqual([]);
    expect(document.activeElement).toBe(only('[data-testid="exposure-tcp-8080"]'));
  });

  it("is not offered for a program that the router cannot reach, and the reason is read with it", async () => {
    const local = sampleServer({
      addresses: ["127.0.0.1"],
      scope: "loopback",
      bind: { kind: "loopback", interfaces: [] },
    });
    const fake = await openWith(local);
    await press("Expose caddy tcp/8080");
    expect(fake.requestsOf("expose")).toEqual([]);
    const expose = button("Expose caddy tcp/8080");
    expect(expose.getAttribute("aria-disabled")).toBe("true");
    const reason = only(`[id="${expose.getAttribute("aria-describedby")}"]`).textContent;
    expect(reason).toMatch(/^The router cannot reach it\./);
  });

  it("is offered for such a program in the demo network, whose router is this PC", async () => {
    const servers = [
      sampleServer({ scope: "loopback", bind: { kind: "loopback", interfaces: [] } }),
    ];
    const gateways = [sampleGateway({ address: "127.77.0.1", externalAddress: "127.77.0.2" })];
    const fake = await openWindow(sampleSnapshot({ servers, gateways }));
    await press("Expose caddy tcp/8080");
    expect(fake.requestsOf("expose")).toHaveLength(1);
    expect(document.body.textContent).toContain("nothing leaves this PC");
  });
});

describe("warnings", () => {
  const database = sampleServer({ port: 5432, title: "PostgreSQL", warnings: ["database"] });
  const name = "Expose PostgreSQL tcp/5432";

  it("are told before, and read with the button; one yes is enough", async () => {
    const fake = await openWith(sampleGame({ warnings: ["open-to-strangers", "maps-itself"] }));
    const expose = button("Expose Minecraft: Java Edition tcp/25565");
    const read = only(`[id="${expose.getAttribute("aria-describedby")}"]`).textContent;
    expect(read).toContain("Strangers find open servers within a day and may join. Set a password");
    expect(read).toContain("This program can open its port at the router by itself;");
    expect(expose.textContent).toBe("Expose");
    await press("Expose Minecraft: Java Edition tcp/25565");
    expect(fake.requestsOf("expose")).toHaveLength(1);
  });

  it("of a server that should stay closed ask for a second yes with reason and better way", async () => {
    const fake = await openWith(database);
    expect(only("[data-warning=database]").textContent).toMatch(/^Databases are searched for/);
    expect(button(name).textContent).toBe("Expose…");
    await press(name);
    expect(fake.requestsOf("expose")).toEqual([]);
    expect(only("dialog h2").textContent).toBe("Expose PostgreSQL tcp/5432?");
    expect(only("dialog").textContent).toContain("Databases are searched for");
    expect(only("dialog").textContent).toContain("use a VPN or an SSH tunnel.");
    expect(document.activeElement?.textContent).not.toBe("Expose anyway");
    await press("Expose anyway");
    expect(fake.requestsOf("expose")).toEqual([
      { transport: "tcp", internalPort: 5432, externalPort: null, despiteWarning: true },
    ]);
    expect(document.querySelector("dialog")).toBeNull();
  });

  it("that only the engine knows of ask as well", async () => {
    const fake = await openWith(sampleServer());
    fake.reply("expose", () => ({
      ok: false,
      error: { code: "unsafe", message: "It should stay closed.", warnings: ["admin-panel"] },
    }));
    await press("Expose caddy tcp/8080");
    expect(only("dialog").textContent).toContain("whoever gets in owns it.");
    expect(document.querySelector('[role="alert"]')).toBeNull();
  });

  it("that are lesser wait for the question where a graver one stands", async () => {
    await openWith({ ...database, warnings: ["unencrypted", "database"] });
    expect(only("[data-warning]").dataset["warning"]).toBe("database");
    await press(name);
    const asked = [...only("dialog").querySelectorAll<HTMLElement>("[data-warning]")];
    expect(asked.map(({ dataset }) => dataset["warning"])).toEqual(["unencrypted", "database"]);
  });

  it("are overruled once, however often that is pressed", async () => {
    const fake = await openWith(database);
    fake.reply("expose", () => new Promise(() => {}));
    await press(name);
    await press("Expose anyway");
    await press("Expose anyway");
    expect(fake.requestsOf("expose")).toHaveLength(1);
  });

  it.each(["Keep it closed", "Close"])("expose nothing after “%s”", async (answer) => {
    const fake = await openWith(database);
    await press(name);
    await press(answer);
    expect(document.querySelector("dialog")).toBeNull();
    expect(fake.requestsOf("expose")).toEqual([]);
  });

  it("keep asking until the engine has done it", async () => {
    const fake = await openWith(database);
    fake.refuse("expose", "The disk is full.");
    await press(name);
    await press("Expose anyway");
    expect(only("dialog").textContent).toContain("The disk is full.");
  });

  it("give way to the reason why it cannot be exposed at all", async () => {
    const local = { scope: "loopback", bind: { kind: "loopback", interfaces: [] } } as const;
    await openWith({ ...database, ...local });
    await press(name);
    expect(document.querySelector("dialog, [data-warning]")).toBeNull();
    expect(button(name).textContent).toBe("Expose");
    expect(row("tcp-5432").textContent).toContain("The router cannot reach it.");
  });
});

describe("details", () => {
  const game = sampleGame({
    addresses: ["0.0.0.0", "::"],
    process: {
      pid: 812,
      name: "docker-proxy",
      commandLine: "docker-proxy -host-port 25565",
      container: "3f2a",
      program: {
        kind: "proxy",
        name: "minecraft",
        commandLine: "java -jar paper.jar",
        target: { address: "172.17.0.2", port: 25565 },
      },
    },
  });
  const name = "Details of Minecraft: Java Edition tcp/25565";
  const choice = () => only("select") as HTMLSelectElement;
  const choose = async (value: string) => {
    await vi.waitUntil(() => choice().options.length > 3, 30_000);
    await act(async () => {
      choice().value = value;
      choice().dispatchEvent(new Event("change", { bubbles: true }));
    });
  };

  it("come when asked for and go again", async () => {
    await openWith(game);
    expect(document.querySelector(".row-details")).toBeNull();
    await press(name);
    expect(button(name).getAttribute("aria-expanded")).toBe("true");
    const terms = [...document.querySelectorAll(".row-details dt")].map((it) => it.textContent);
    const texts = [...document.querySelectorAll(".row-details dd")].map((it) => it.textContent);
    expect(Object.fromEntries(terms.map((term, at) => [term, texts[at]]))).toEqual({
      "Known by": "program: paper-1.21.8.jar",
      "Listens on": "0.0.0.0, ::",
      Program: "minecraft (process 812)",
      Container: "3f2a",
      "Leads to": "172.17.0.2, port 25565",
      "Started as": "java -jar paper.jar",
    });
    await press(name);
    expect(document.querySelector(".row-details")).toBeNull();
  });

  it.each([
    [
      "2026-05-03",
      "2026-05-04",
      "2026-05-05",
      "First seen 3 May, last time 4 May, last open 5 May",
    ],
    ["2026-05-03", null, "2026-05-05", "First seen 3 May, last open 5 May"],
    ["2025-12-31", null, null, "First seen 31 December 2025"],
  ])("say since when it is known: %s, %s, %s", async (first, last, exposed, words) => {
    vi.setSystemTime(Date.parse("2026-06-01T12:00:00.000Z"));
    const at = (day: string | null): string | null => day && `${day}T10:00:00.000Z`;
    const history = {
      firstSeen: `${first}T10:00:00.000Z`,
      lastSeen: at(last),
      lastExposed: at(exposed),
    };
    await openWith(sampleServer({ history }));
    await press("Details of caddy tcp/8080");
    vi.useRealTimers();
    expect(only(".row-history").textContent).toBe(words);
  });

  it("say that the system hides the program", async () => {
    await openWith(sampleServer({ process: null }));
    await press("Details of Unknown program tcp/8080");
    expect(only(".row-details").textContent).toContain("The system does not say which.");
    expect(only(".row-details").textContent).not.toMatch(/Known by|Started as/);
  });

  it.each([
    ["valheim", { service: "valheim" }],
    ["(none)", { service: null }],
    ["(recognise)", {}],
  ])("let the user say what it is: %s", async (value, request) => {
    const fake = await openWith(game);
    await press(name);
    await choose(value);
    expect(fake.requestsOf("correctService")).toEqual([
      { transport: "tcp", port: 25565, ...request },
    ]);
    expect(choice().value).toBe("");
  });

  it("offer all services by name", async () => {
    await openWith(game);
    await press(name);
    await vi.waitUntil(() => choice().options.length > 3, 30_000);
    const names = [...choice().options].slice(3).map(({ text }) => text);
    expect(names).toContain("Minecraft: Java Edition");
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, "en")));
  });
});

describe("other devices", () => {
  const openFold = async (title: string): Promise<void> => {
    const fold = [...document.querySelectorAll("details")].find(
      (it) => it.querySelector("summary")?.textContent === title,
    );
    if (fold === undefined) throw new Error(`nothing is folded under ${title}`);
    await unfold(fold);
  };

  it("are listed apart with what they announce, to be exposed where they have an address", async () => {
    const network = [
      sampleNetworkService(),
      sampleNetworkService({
        name: "",
        host: null,
        addresses: [],
        type: "_x._udp",
        transport: "udp",
      }),
    ];
    await openWindow(sampleSnapshot({ network }));
    expect(document.querySelector(".announced")).toBeNull();
    await openFold("Announced by other devices (2)");
    expect([...document.querySelectorAll(".announced")].map((it) => it.textContent)).toEqual([
      "Printer tcp/631printer · 192.168.1.40 · _ipp._tcpExpose…",
      "_x._udp udp/631_x._udp",
    ]);
  });

  it("are exposed after a question that says what it means", async () => {
    const network = [sampleNetworkService({ name: "Photos", type: "_http._tcp", port: 80 })];
    const fake = await openWindow(sampleSnapshot({ network }));
    await openFold("Announced by other devices (1)");
    await press("Expose Photos tcp/80@192.168.1.40");
    expect(fake.requestsOf("expose")).toEqual([]);
    expect(only("dialog").textContent).toContain("another device in your home");
    await press("Keep it closed");
    expect(document.querySelector("dialog")).toBeNull();
    await press("Expose Photos tcp/80@192.168.1.40");
    fake.refuse("expose", "192.168.1.40 is the router itself, which stays closed.");
    await press("Expose this device");
    expect(only("dialog [role=alert]").textContent).toContain("router itself");
    fake.reply("expose", () => ({ ok: true, value: null }));
    await press("Expose this device");
    const asked = { transport: "tcp", internalPort: 80, externalPort: null, host: "192.168.1.40" };
    expect(fake.requestsOf("expose")).toEqual([asked, asked]);
    expect(document.querySelector("dialog")).toBeNull();
    const exposures = [
      sampleExposure({ internalPort: 80, host: "192.168.1.40", listening: false }),
    ];
    await emit(fake, sampleSnapshot({ revision: 2, network, exposures }));
    expect(document.querySelector(".announced button")).toBeNull();
    const card = only('[data-testid="exposure-tcp-80@192.168.1.40"]');
    expect(only("h3", card).textContent).toBe("Port 80 of 192.168.1.40");
    expect(only(".card-state", card).textContent).toBe("Open on the router");
    expect(card.querySelector("input")).toBeNull();
    await press("Stop exposing Port 80 of 192.168.1.40 tcp/80@192.168.1.40");
    expect(fake.requestsOf("withdraw")).toEqual([
      { transport: "tcp", internalPort: 80, host: "192.168.1.40" },
    ]);
  });

  it("say what speaks against it, which takes another word", async () => {
    const network = [sampleNetworkService({ warnings: ["local-network-only"] })];
    const fake = await openWindow(sampleSnapshot({ network }));
    await openFold("Announced by other devices (1)");
    await press("Expose Printer tcp/631@192.168.1.40");
    expect(only("dialog [data-warning]").dataset["warning"]).toBe("local-network-only");
    await press("Expose anyway");
    expect(fake.requestsOf("expose")).toMatchObject([{ despiteWarning: true }]);
  });

  it("come and go", async () => {
    const fake = await openWindow(sampleSnapshot());
    expect(document.querySelector("details")).toBeNull();
    await emit(fake, sampleSnapshot({ revision: 2, network: [sampleNetworkService()] }));
    expect(only("summary").textContent).toBe("Announced by other devices (1)");
    await emit(fake, sampleSnapshot({ revision: 3 }));
    expect(document.querySelector("details")).toBeNull();
  });
});

describe("the list", () => {
  it("leaves out what is exposed, transport by transport", async () => {
    await openWindow(
      sampleSnapshot({
        servers: [sampleServer(), sampleServer({ transport: "udp" })],
        exposures: [sampleExposure()],
      }),
    );
    expect(listed()).toEqual(["server-udp-8080"]);
    expect(only(".count").textContent).toBe("1 found");
  });

  it("puts what may well be exposed first, and what cannot be last", async () => {
    await openWith(
      named("database", {
        port: 5432,
        scope: "loopback",
        bind: { kind: "loopback", interfaces: [] },
      }),
      named("redis", { port: 6379, warnings: ["database"] }),
      named("web", { port: 80 }),
    );
    expect(listed()).toEqual(["server-tcp-80", "server-tcp-6379", "server-tcp-5432"]);
  });

  it("folds away clients and the system's own services, and makes their rows only when unfolded", async () => {
    await openWith(
      named("game"),
      named("plex", { port: 32_768 }),
      named("svchost.exe", { port: 135 }),
      named("finder", { transport: "udp", port: 1900, warnings: ["local-network-only"] }),
      named("browser", { transport: "udp", port: 50_123, ephemeral: true }),
      named("ide", { port: 40_000, scope: "loopback", bind: { kind: "loopback", interfaces: [] } }),
    );
    expect(listed()).toEqual(["server-tcp-8080", "server-tcp-32768"]);
    expect(only("summary").textContent).toBe("Also listening (4)");
    await unfold(only("details"));
    expect(listed()).toEqual([
      "server-tcp-8080",
      "server-tcp-32768",
      "server-tcp-135",
      "server-udp-1900",
      "server-udp-50123",
      "server-tcp-40000",
    ]);
  });

  it("shows two programs on one port", async () => {
    await openWith(
      sampleServer({ process: { pid: 1, name: "one", commandLine: "" } }),
      sampleServer({ process: { pid: 2, name: "two", commandLine: "" } }),
    );
    expect(hasButton("Expose one tcp/8080")).toBe(true);
    expect(hasButton("Expose two tcp/8080")).toBe(true);
  });

  it("shows the first sixty of very many until asked for all", async () => {
    await openWith(...Array.from({ length: 75 }, (_, at) => named(`s${at}`, { port: 1000 + at })));
    expect(listed()).toHaveLength(60);
    await press("Show all (75)");
    expect(listed()).toHaveLength(75);
  });

  it("does not say that there is nothing before anybody looked", async () => {
    await openWindow(null);
    expect(document.body.textContent).toContain("Looking for servers…");
    expect(document.body.textContent).not.toMatch(/No server|Nothing is open/);
  });

  it("says so when there is nothing", async () => {
    await openWith();
    expect(document.body.textContent).toContain("No server runs yet");
    expect(document.body.textContent).toContain("Nothing is open");
  });
});
