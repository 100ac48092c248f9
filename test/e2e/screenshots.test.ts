/** The pictures of README: window light and dark, and the desktop with the tray menu open. */
import { execFile } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { useDesktop } from "./desktop.ts";
import { root, type RunningApp } from "./running-app.ts";
import { TrayMenu } from "./tray.ts";

const runFile = promisify(execFile);
const folder = join(root, process.env["HOMEPORT_SCREENSHOTS"] ?? "out/screenshots");

describe("pictures", () => {
  const desktop = useDesktop();

  test("of the window in both themes, and of the tray menu", async () => {
    mkdirSync(folder, { recursive: true });
    await desktop.serve("tcp", 8080, "<title>Family photos</title>");
    await desktop.serve("udp", 9000, "factory");
    await desktop.serve("tcp", 3000, "<title>Dashboard</title>");
    const app = await desktop.start();
    await app.expose("tcp", 8080);
    await app.expose("udp", 9000);
    await app.server("tcp", 3000).waitFor();
    // Where the pointer rests, a button would look pressed.
    await app.page.mouse.move(2, 2);
    for (const theme of ["light", "dark"] as const) {
      await setTheme(app, theme);
      const path = join(folder, `window-${theme}.png`);
      await app.page.screenshot({ path });
      expect(statSync(path).size).toBeGreaterThan(10_000);
    }
    await setTheme(app, "light");
    await (await TrayMenu.find()).label(/udp\/9000/);
    await openTrayMenu();
    const path = join(folder, "desktop-tray.png");
    await runFile("import", ["-window", "root", path]);
    expect(statSync(path).size).toBeGreaterThan(10_000);
    await runFile("xdotool", ["key", "Escape"]);
  });
});

async function setTheme(app: RunningApp, theme: "light" | "dark"): Promise<void> {
  await app.page.evaluate((value) => window.homeport.updateSettings({ theme: value }), theme);
  await app.page.locator(`html[data-theme="${theme}"]`).waitFor();
}

/** Clicks where the panel shows the icon: the tray stands at the right end, before the clock. */
async function openTrayMenu(): Promise<void> {
  const before = await windows();
  for (let x = 1270; x > 900; x -= 8) {
    await runFile("xdotool", ["mousemove", String(x), "15", "click", "3"]);
    const { stdout } = await runFile("xdotool", [
      "search",
      "--onlyvisible",
      "--class",
      "xfce4-panel",
    ]).catch(() => ({ stdout: "" }));
    if (stdout.split("\n").length > before) return;
  }
}

async function windows(): Promise<number> {
  const { stdout } = await runFile("xdotool", [
    "search",
    "--onlyvisible",
    "--class",
    "xfce4-panel",
  ]);
  return stdout.split("\n").length;
}
