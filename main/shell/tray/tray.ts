/** The icon in the notification area and its menu; derived whole from each Snapshot, so it may be drawn at any time. */
import { join } from "node:path";
import { Menu, type MenuItemConstructorOptions, nativeImage, nativeTheme, Tray } from "electron";
import type { Snapshot } from "../../../shared/snapshot.ts";
import { type MenuAction, type MenuEntry, trayMenu, trayState, trayTooltip } from "./menu.ts";

export interface AppTrayOptions {
  readonly assets: string;
  readonly onAction: (action: MenuAction) => void;
}

/** Milliseconds between looks at the minutes left. */
const REFRESH = 15_000;

export class AppTray {
  readonly #options: AppTrayOptions;
  readonly #tray: Tray;
  readonly #refresh: NodeJS.Timeout;
  #snapshot: Snapshot | null = null;
  #icon = "";
  #menu = "";

  constructor(options: AppTrayOptions) {
    this.#options = options;
    this.#icon = this.#iconPath("idle");
    this.#tray = new Tray(nativeImage.createFromPath(this.#icon));
    this.#tray.setToolTip("Homeport");
    // A click opens the window where the system tells of clicks; on Linux the menu may be all there is.
    this.#tray.on("click", () => {
      if (process.platform !== "darwin") options.onAction({ kind: "open-window" });
    });
    nativeTheme.on("updated", () => this.#draw());
    this.#refresh = setInterval(() => this.#draw(), REFRESH);
  }

  render(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#draw();
  }

  close(): void {
    clearInterval(this.#refresh);
    this.#tray.destroy();
  }

  #draw(): void {
    const snapshot = this.#snapshot;
    if (snapshot === null || this.#tray.isDestroyed()) return;
    const icon = this.#iconPath(trayState(snapshot));
    if (icon !== this.#icon) {
      this.#icon = icon;
      this.#tray.setImage(nativeImage.createFromPath(icon));
    }
    const entries = trayMenu(snapshot, Date.now());
    const shape = JSON.stringify(entries);
    if (shape === this.#menu) return;
    this.#menu = shape;
    this.#tray.setToolTip(trayTooltip(snapshot));
    // On Linux a menu is a copy: after any change it has to be set again.
    this.#tray.setContextMenu(Menu.buildFromTemplate(entries.map((entry) => this.#item(entry))));
  }

  #item(entry: MenuEntry): MenuItemConstructorOptions {
    switch (entry.kind) {
      case "separator":
        return { type: "separator" };
      case "text":
        return { label: entry.label, enabled: false };
      case "action":
        return { label: entry.label, click: () => this.#options.onAction(entry.action) };
      case "group":
        return { label: entry.label, submenu: entry.entries.map((inner) => this.#item(inner)) };
    }
  }

  #iconPath(state: ReturnType<typeof trayState>): string {
    const folder = join(this.#options.assets, "tray");
    if (process.platform === "darwin") {
      const names = {
        idle: "trayTemplate",
        open: "trayOpenTemplate",
        problem: "trayProblemTemplate",
      };
      return join(folder, `${names[state]}.png`);
    }
    const ink = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ? "light" : "dark";
    const size = process.platform === "win32" ? 16 : 24;
    return join(folder, `tray-${state}-${ink}-${size}.png`);
  }
}
