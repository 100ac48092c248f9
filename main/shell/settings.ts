/** Settings through electron-store, in the same format and place as the engine without a screen has them. */
import { join } from "node:path";
import Store from "electron-store";
import { FileSettingsStore, settingsNotSaved } from "../engine/files/settings-file.ts";
import type { SettingsStore } from "../engine/settings-store.ts";
import type { Settings } from "../../shared/settings.ts";

/** `directory` is the app's data folder; the file is `settings.json`. */
export function createSettingsStore(directory: string): SettingsStore {
  let store: Store<Settings> | null = null;
  const open = (): Store<Settings> =>
    (store ??= new Store<Settings>({
      name: "settings",
      cwd: directory,
      clearInvalidConfig: false,
      accessPropertiesByDotNotation: false,
      configFileMode: 0o600,
    }));
  return {
    // Read as a file first: electron-store can only throw at a damaged one, or empty it.
    load: () => new FileSettingsStore(join(directory, "settings.json")).load(),
    save(settings) {
      try {
        open().store = settings;
        return null;
      } catch (error) {
        return settingsNotSaved(error);
      }
    },
  };
}
