/** Composition root of the app: lock → settings → engine → shell. */
import { join } from "node:path";
import { app, clipboard, dialog, Menu, nativeTheme, powerMonitor, session } from "electron";
import { createEngine } from "./engine/create-engine.ts";
import { lockDirectory } from "./engine/files/directory-lock.ts";
import { createLogger } from "./engine/system/system-environment.ts";
import { parseCommandLine } from "./shell/command-line.ts";
import { commandHandlers } from "./shell/commands.ts";
import { emit, registerIpc } from "./shell/ipc/register.ts";
import { declareAppScheme, serveAppScheme } from "./shell/security/app-scheme.ts";
import { lockContents, lockSession } from "./shell/security/lockdown.ts";
import { systemKeychain } from "./shell/secrets/keychain.ts";
import { KeychainSecretStore } from "./shell/secrets/keychain-secret-store.ts";
import { createSettingsStore } from "./shell/settings.ts";
import type { MenuAction } from "./shell/tray/menu.ts";
import { AppTray } from "./shell/tray/tray.ts";
import { AppWindow } from "./shell/window/window.ts";

// Undoes the switch that root needs, so it has to be left out then; the window asks for its sandbox in any case.
if (!app.commandLine.hasSwitch("no-sandbox")) app.enableSandbox();
declareAppScheme();
lockContents(app);
Menu.setApplicationMenu(null);
app.setAppUserModelId("app.homeport");

const commandLine = parseCommandLine(process.argv);
if (commandLine.mistake !== null) {
  process.stderr.write(`homeport: ${commandLine.mistake}\n`);
  app.exit(2);
} else if (app.requestSingleInstanceLock()) {
  void app.whenReady().then(start);
} else {
  process.stderr.write("homeport: already running; its window is shown\n");
  app.exit(0);
}

function start(): void {
  const dataDirectory = app.getPath("userData");
  const lock = lockDirectory(dataDirectory);
  if (lock.kind === "refused") {
    dialog.showErrorBox("Homeport cannot start", lock.reason);
    app.exit(1);
    return;
  }
  const least = commandLine.verbose ? "debug" : "warn";
  const log = createLogger(least, (line) => process.stderr.write(line));
  const engine = createEngine({
    settings: createSettingsStore(dataDirectory),
    dataDirectory,
    gateway: commandLine.gateway,
    secrets: new KeychainSecretStore({
      path: join(dataDirectory, "secrets.json"),
      plainPath: join(dataDirectory, "secrets-unencrypted.json"),
      keychain: systemKeychain(),
    }),
    log,
  });

  const assets = join(app.getAppPath(), "assets");
  const files = join(app.getAppPath(), "out");
  lockSession(session.defaultSession);
  serveAppScheme(session.defaultSession, join(files, "renderer"));
  const window = new AppWindow({ assets, preload: join(files, "preload", "preload.cjs") });
  const handlers = commandHandlers({ engine, copy: (text) => clipboard.writeText(text) });
  registerIpc({
    handlers,
    mainFrame: () => window.contents?.mainFrame ?? null,
    refused: (name, reason) => log.warn("refused a request of the window", { name, reason }),
  });

  let ending = false;
  const quit = async (release: boolean): Promise<void> => {
    if (ending) return;
    ending = true;
    await engine.stop({ release });
    lock.release();
    app.exit(0);
  };
  const act = (action: MenuAction): void => {
    switch (action.kind) {
      case "open-window":
        return window.show();
      case "quit":
        return void quit(true);
      case "quit-and-keep":
        return void quit(false);
      case "copy":
        return void handlers.copyEndpoint(action);
      case "expose":
        engine.execute("expose", { ...portOf(action), externalPort: null });
        return;
      case "withdraw":
      case "retry":
        engine.execute(action.kind, portOf(action));
    }
  };
  const tray = new AppTray({ assets, onAction: act });
  engine.subscribe((snapshot) => {
    nativeTheme.themeSource = snapshot.settings.theme;
    tray.render(snapshot);
    emit(window.contents, "snapshot", snapshot);
  });
  tray.render(engine.snapshot);

  // Closed windows leave the app in the tray; a second start shows the window again.
  app.on("window-all-closed", () => undefined);
  app.on("second-instance", () => window.show());
  app.on("activate", () => window.show());
  // A signal, a logout, or the system's own quit: the ports are closed first.
  app.on("before-quit", (event) => {
    event.preventDefault();
    void quit(true);
  });
  powerMonitor.on("resume", () => engine.wokeUp());

  nativeTheme.themeSource = engine.snapshot.settings.theme;
  if (!commandLine.hidden) window.show();
  void engine.start();
}

function portOf({ transport, internalPort, host }: Extract<MenuAction, { transport: unknown }>) {
  return { transport, internalPort, ...(host !== undefined && { host }) };
}
