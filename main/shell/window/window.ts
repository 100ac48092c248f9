/** The one window. Closing destroys it, which gives its memory back; the engine and the tray live on. */
import { join } from "node:path";
import { app, BrowserWindow, type WebContents, type WebPreferences } from "electron";
import { APP_ORIGIN } from "../security/asset-path.ts";

export interface AppWindowOptions {
  readonly preload: string;
  readonly assets: string;
}

export class AppWindow {
  readonly #options: AppWindowOptions;
  #window: BrowserWindow | null = null;

  constructor(options: AppWindowOptions) {
    this.#options = options;
  }

  /** Null while there is no window. */
  get contents(): WebContents | null {
    return this.#window?.webContents ?? null;
  }

  /** Brings the window to the front, or makes it. */
  show(): void {
    if (this.#window !== null) {
      if (this.#window.isMinimized()) this.#window.restore();
      this.#window.show();
      this.#window.focus();
      return;
    }
    const window = new BrowserWindow({
      title: "Homeport",
      width: 860,
      height: 680,
      minWidth: 420,
      minHeight: 440,
      show: false,
      autoHideMenuBar: true,
      icon: join(this.#options.assets, "icon.png"),
      webPreferences: webPreferences(this.#options.preload, !app.isPackaged),
    });
    this.#window = window;
    window.once("ready-to-show", () => window.show());
    window.once("closed", () => {
      this.#window = null;
    });
    window.on("page-title-updated", (event) => event.preventDefault());
    void window.loadURL(`${APP_ORIGIN}/index.html`);
  }
}

/** Everything that keeps the page in its sandbox, in one place. */
function webPreferences(preload: string, devTools: boolean): WebPreferences {
  return {
    preload,
    devTools,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
    spellcheck: false,
    navigateOnDragDrop: false,
  };
}
