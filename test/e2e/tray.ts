/** The tray as the panel sees it: StatusNotifierItem and com.canonical.dbusmenu over the session bus. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { until } from "../lab/until.mjs";

const runFile = promisify(execFile);

interface MenuItem {
  readonly id: number;
  readonly label: string;
  readonly enabled: boolean;
}

export class TrayMenu {
  readonly #bus: string;
  readonly #path: string;

  constructor(bus: string, path: string) {
    this.#bus = bus;
    this.#path = path;
  }

  /** Waits until the one tray item there is offers a menu. */
  static find(): Promise<TrayMenu> {
    return until("a tray icon with a menu", () => TrayMenu.#look());
  }

  static async #look(): Promise<TrayMenu | null> {
    const watcher = "org.kde.StatusNotifierWatcher";
    const items = await property(
      watcher,
      "/StatusNotifierWatcher",
      watcher,
      "RegisteredStatusNotifierItems",
    );
    const match = /'([^'/]+)(\/[^']*)'/.exec(items);
    if (match === null) return null;
    const [, bus = "", item = ""] = match;
    const menu = await property(bus, item, "org.kde.StatusNotifierItem", "Menu").catch(() => "");
    const path = /objectpath '([^']+)'/.exec(menu)?.[1];
    return path === undefined || path === "/NO_DBUSMENU" ? null : new TrayMenu(bus, path);
  }

  /** Every entry, submenus included, in order. */
  async items(): Promise<readonly MenuItem[]> {
    const text = await call(
      this.#bus,
      this.#path,
      "com.canonical.dbusmenu.GetLayout",
      "0",
      "-1",
      "@as []",
    );
    return [
      ...text.matchAll(/\((\d+), (\{(?:[^{}'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*\})/g),
    ].flatMap(([, id, properties = ""]) => {
      const label = /'label': <(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")>/.exec(properties);
      if (label === null) return [];
      const raw = label[1] ?? label[2] ?? "";
      return [
        {
          id: Number(id),
          label: raw.replaceAll(/\\(.)/g, "$1").replaceAll("__", "_"),
          enabled: !properties.includes("'enabled': <false>"),
        },
      ];
    });
  }

  async labels(): Promise<readonly string[]> {
    return (await this.items()).map(({ label }) => label);
  }

  /** Waits until a label matches, and returns it. */
  label(pattern: RegExp): Promise<string> {
    return until(
      `a menu entry like ${pattern.source}`,
      async () => (await this.labels()).find((label) => pattern.test(label)) ?? null,
    );
  }

  /** Clicks the entry with this label, as the panel would. */
  async click(label: string): Promise<void> {
    const item = await until(
      `the menu entry ${label}`,
      async () => (await this.items()).find((found) => found.label === label) ?? null,
    );
    await call(
      this.#bus,
      this.#path,
      "com.canonical.dbusmenu.Event",
      String(item.id),
      "clicked",
      "<''>",
      "0",
    );
  }
}

async function property(bus: string, path: string, owner: string, name: string): Promise<string> {
  return call(bus, path, "org.freedesktop.DBus.Properties.Get", owner, name);
}

async function call(
  bus: string,
  path: string,
  method: string,
  ...words: string[]
): Promise<string> {
  const target = ["call", "--session", "--dest", bus, "--object-path", path, "--method", method];
  const { stdout } = await runFile("gdbus", [...target, "--", ...words], { maxBuffer: 1 << 22 });
  return stdout;
}
