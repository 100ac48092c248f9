/** What a page could try if somebody else's code ran in it, and what a damaged disk leaves behind. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventNames, invokeNames } from "../../shared/channels.ts";
import { requests, type Result } from "../../shared/contract.ts";
import { useDesktop } from "./desktop.ts";

/** Random payloads sent on each channel. */
const PAYLOADS = 200;

describe("a hostile page", () => {
  const desktop = useDesktop();

  test("finds the commands of the contract and nothing else", async () => {
    const { page } = await desktop.start();
    const names = await page.evaluate(() => Object.keys(window.homeport));
    const events = eventNames.map((name) => `on${name.charAt(0).toUpperCase()}${name.slice(1)}`);
    expect(names.toSorted()).toEqual([...invokeNames, ...events].toSorted());
    const globals = await page.evaluate(() =>
      ["require", "process", "module", "Buffer"].filter((name) => name in window),
    );
    expect(globals).toEqual([]);
  });

  test("gets a refusal for every malformed message on every channel, and the app lives on", async () => {
    const app = await desktop.start();
    const before = await app.page.evaluate(() => window.homeport.getSnapshot(undefined));
    for (const name of invokeNames) {
      const payloads: unknown[] = fc
        .sample<unknown>(fc.jsonValue({ maxDepth: 3 }), PAYLOADS)
        .concat([null, {}, [], { transport: "tcp", internalPort: 99_999 }, "x".repeat(1 << 20)])
        .filter((payload) => !requests[name].safeParse(payload).success);
      expect(payloads.length).toBeGreaterThan(PAYLOADS / 2);
      const answers = await app.page.evaluate(
        ([channel, values]) => {
          const command = window.homeport[channel as "expose"] as unknown as (
            value: unknown,
          ) => Promise<Result<unknown>>;
          return Promise.all(values.map((value) => command(value)));
        },
        [name, payloads] as const,
      );
      const codes = new Set(answers.map((answer) => (answer.ok ? "ok" : answer.error.code)));
      expect([name, ...codes]).toEqual([name, "bad-request"]);
    }
    const after = await app.page.evaluate(() => window.homeport.getSnapshot(undefined));
    if (!before.ok || !after.ok) throw new Error("no snapshot");
    expect(after.value.exposures).toEqual([]);
    expect(after.value.settings).toEqual(before.value.settings);
  });

  test("cannot leave, open windows, reach the network, run text as code or read other files", async () => {
    const app = await desktop.start();
    const { page } = app;
    const url = page.url();
    expect(url).toBe("homeport://app/index.html");
    const tried = await page.evaluate(async () => {
      const outcome = async (what: () => unknown): Promise<string> => {
        try {
          return String(await what());
        } catch {
          return "refused";
        }
      };
      return {
        fetch: await outcome(() => fetch("http://192.168.77.1:5000/")),
        script: await outcome(() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'ran'";
          document.head.append(script);
          return document.title;
        }),
        open: await outcome(() => window.open("https://example.invalid/")),
        file: await outcome(() => fetch("file:///etc/passwd")),
        parent: await outcome(
          async () => (await fetch("homeport://app/..%2f..%2fpackage.json")).status,
        ),
        post: await outcome(
          async () => (await fetch("homeport://app/index.html", { method: "POST" })).status,
        ),
        microphone: await outcome(() => navigator.mediaDevices.getUserMedia({ audio: true })),
        location: await outcome(
          () =>
            new Promise((resolve, reject) =>
              navigator.geolocation.getCurrentPosition(resolve, reject),
            ),
        ),
      };
    });
    expect(tried).toEqual({
      fetch: "refused",
      script: "Homeport",
      open: "null",
      file: "refused",
      parent: "404",
      post: "405",
      microphone: "refused",
      location: "refused",
    });
    await page.evaluate(() => {
      window.location.href = "https://example.invalid/";
    });
    await page.evaluate(() => {
      const link = document.createElement("a");
      link.href = "https://example.invalid/";
      link.target = "_blank";
      document.body.append(link);
      link.click();
    });
    // Playwright's own waiting would wait for the navigation that was stopped.
    const left = await page.evaluate(() => [
      window.location.href,
      document.querySelector("h1")?.textContent,
    ]);
    expect(left).toEqual([url, "Homeport"]);
    expect(app.electron.windows()).toHaveLength(1);
  });

  test("comes with a policy that allows nothing but our own files", async () => {
    const { page } = await desktop.start();
    const policy = await page.evaluate(async () => {
      const response = await fetch("homeport://app/index.html");
      return [
        response.headers.get("content-security-policy"),
        response.headers.get("x-content-type-options"),
      ];
    });
    expect(policy[0]?.split("; ").toSorted()).toEqual(
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
      ].toSorted(),
    );
    expect(policy[1]).toBe("nosniff");
  });

  test("runs in a sandbox without Node", async () => {
    const { electron } = await desktop.start();
    const preferences = await electron.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      const contents = window?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      return contents.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
  });
});

describe("a damaged settings file", () => {
  const desktop = useDesktop();

  test("is kept aside with a message; defaults are used, and the next change is saved", async () => {
    const file = join(desktop.data.directory, "settings.json");
    writeFileSync(file, '{"theme": "dark", "exposures": [');
    const app = await desktop.start();
    await app.page.getByText(/The settings could not be read in full/).waitFor();
    const aside = readdirSync(desktop.data.directory).filter((name) =>
      name.startsWith("settings.corrupt-"),
    );
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(desktop.data.directory, aside[0] ?? ""), "utf8")).toBe(
      '{"theme": "dark", "exposures": [',
    );

    await desktop.serve("tcp", 8080, "page");
    await app.expose("tcp", 8080);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      theme: "system",
      exposures: [{ transport: "tcp", internalPort: 8080 }],
    });
  });

  test("loses only what is damaged in it", async () => {
    const file = join(desktop.data.directory, "settings.json");
    const exposure = { transport: "tcp", internalPort: 8080, externalPort: null };
    writeFileSync(
      file,
      JSON.stringify({ theme: "purple", exposures: [exposure, { transport: "carrier pigeon" }] }),
    );
    const app = await desktop.start();
    expect(await app.endpoint("tcp", 8080)).toMatchObject({ port: 8080 });
    await app.page.getByText(/theme/).first().waitFor();
  });
});
