import { act } from "react";
import { afterEach, describe, expect, it } from "vitest";
import type { Result } from "../../shared/contract.ts";
import type { Server } from "../../shared/snapshot.ts";
import { sampleExposure, sampleGateway, sampleServer, sampleSnapshot } from "../testing/samples.ts";
import {
  button,
  closeWindow,
  emit,
  hasButton,
  only,
  openWindow,
  press,
} from "../testing/window.tsx";

afterEach(closeWindow);

const openWith = (...servers: Server[]) => openWindow(sampleSnapshot({ servers }));

const row = (id: string) => only(`[data-testid="server-${id}"]`);

const listed = () =>
  [...document.querySelectorAll<HTMLElement>("[data-testid^=server-]")].map(
    ({ dataset }) => dataset["testid"],
  );

function named(name: string, part: Partial<Server> = {}): Server {
  return sampleServer({ process: { pid: 1, name, commandLine: "" }, ...part });
}

describe("a row", () => {
  it("names program, port, who reaches it and how it was started", async () => {
    await openWith(sampleServer());
    expect(only("strong", row("tcp-8080")).textContent).toBe("caddy");
    expect(only(".port", row("tcp-8080")).textContent).toBe("tcp/8080");
    expect(only(".row-scope", row("tcp-8080")).textContent).toBe("All devices on your network");
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

  it("puts what can be exposed before what cannot", async () => {
    await openWith(
      named("database", {
        port: 5432,
        scope: "loopback",
        bind: { kind: "loopback", interfaces: [] },
      }),
      named("web", { port: 80 }),
    );
    expect(listed()).toEqual(["server-tcp-80", "server-tcp-5432"]);
  });

  it("folds away clients and the system's own services, and makes their rows only when unfolded", async () => {
    await openWith(
      named("game"),
      named("plex", { port: 32_768 }),
      named("svchost.exe", { port: 135 }),
      named("browser", { transport: "udp", port: 50_123, ephemeral: true }),
      named("ide", { port: 40_000, scope: "loopback", bind: { kind: "loopback", interfaces: [] } }),
    );
    expect(listed()).toEqual(["server-tcp-8080", "server-tcp-32768"]);
    const fold = only("details") as HTMLDetailsElement;
    expect(only("summary").textContent).toBe("Also listening (3)");
    await act(async () => {
      fold.open = true;
      fold.dispatchEvent(new Event("toggle"));
    });
    expect(listed()).toEqual([
      "server-tcp-8080",
      "server-tcp-32768",
      "server-tcp-135",
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
