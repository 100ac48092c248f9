/** The pictures of README: window light and dark, and the desktop with the tray menu open. */
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { until } from "../lab/until.mjs";
import { type Desktop, useDesktop } from "./desktop.ts";
import { root, type RunningApp } from "./running-app.ts";
import { TrayMenu } from "./tray.ts";

const runFile = promisify(execFile);
const folder = join(root, process.env["HOMEPORT_SCREENSHOTS"] ?? "out/screenshots");

describe("pictures", () => {
  const desktop = useDesktop();

  test("of the window in both themes, and of the tray menu", async () => {
    mkdirSync(folder, { recursive: true });
    serve(desktop, "photos", 8080, "Family photos");
    serve(desktop, "wiki", 8090, "Campaign wiki", "W");
    serve(desktop, "dashboard", 3000, "Dashboard");
    const app = await desktop.start();
    await app.expose("tcp", 8080);
    await app.expose("tcp", 8090);
    await app.server("tcp", 3000).waitFor();
    const icon = app.exposure("tcp", 8090).locator("img");
    await icon.waitFor();
    expect(await icon.evaluate((picture: HTMLImageElement) => picture.naturalWidth)).toBe(64);
    // Where the pointer rests, a button would look pressed.
    await app.page.mouse.move(2, 2);
    await setTheme(app, "light");
    await (await TrayMenu.find()).label(/tcp\/8090/);
    await openTrayMenu();
    const tray = join(folder, "desktop-tray.png");
    await runFile("import", ["-window", "root", tray]);
    expect(statSync(tray).size).toBeGreaterThan(10_000);
    await runFile("xdotool", ["key", "Escape"]);
    // Last, because a picture of the whole page leaves the window without its scroll bar.
    for (const theme of ["light", "dark"] as const) {
      await setTheme(app, theme);
      const path = join(folder, `window-${theme}.png`);
      await app.page.screenshot({ path, fullPage: true, animations: "disabled" });
      expect(statSync(path).size).toBeGreaterThan(10_000);
    }
  });
});

async function setTheme(app: RunningApp, theme: "light" | "dark"): Promise<void> {
  await app.page.evaluate((value) => window.homeport.updateSettings({ theme: value }), theme);
  await app.page.locator(`html[data-theme="${theme}"]`).waitFor();
}

/** Clicks the icon: the tray is the last thing in the panel, and the icon the last thing in the tray. */
async function openTrayMenu(): Promise<void> {
  await until("the panel shows the icon", async () => (await coloursAt("20x20+1254+5")) > 1);
  const before = await visibleWindows();
  await runFile("xdotool", ["mousemove", "1264", "15", "click", "3"]);
  await until("the tray menu is open", async () => (await visibleWindows()) > before);
}

/** Number of different colours in a part of the screen. */
async function coloursAt(part: string): Promise<number> {
  const words = ["-window", "root", "-crop", part, "-format", "%k", "info:"];
  const { stdout } = await runFile("import", ["-silent", ...words]);
  return Number(stdout);
}

async function visibleWindows(): Promise<number> {
  const { stdout } = await runFile("xdotool", ["search", "--onlyvisible", "--name", ""]);
  return stdout.split("\n").length;
}

/**
 * A web page in a folder of its own, so that the picture shows a command line as people have it. `letter`: what its
 * icon shows; none when empty.
 */
function serve(
  desktop: Desktop,
  program: string,
  port: number,
  title: string,
  letter: string = "",
): void {
  const directory = join(desktop.data.directory, program);
  mkdirSync(directory);
  const icon = [
    "-fill",
    "white",
    "-pointsize",
    "44",
    "-gravity",
    "center",
    "-annotate",
    "0",
    letter,
  ];
  const square = ["-size", "64x64", "xc:#a8471f"];
  if (letter !== "") execFileSync("convert", [...square, ...icon, join(directory, "icon.png")]);
  writeFileSync(
    join(directory, "server.js"),
    `const { existsSync, readFileSync } = require("node:fs");
    require("node:http").createServer(({ url }, response) => {
      if (url === "/favicon.ico" && existsSync("icon.png")) {
        return response.end(readFileSync("icon.png"));
      }
      response.setHeader("content-type", "text/html");
      response.end("<title>${title}</title>");
    }).listen(${port});`,
  );
  const child = desktop.lab.spawn("pc", "node", ["server.js"], { cwd: directory, stdio: "ignore" });
  desktop.atEnd(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
}
