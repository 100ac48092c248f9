/** Settings as a plain file, for the engine without a screen: the same format and place as the app's. */
import { defaultSettings, parseSettings, type Settings } from "../../../shared/settings.ts";
import type { Notice } from "../../../shared/snapshot.ts";
import type { SettingsStore } from "../settings-store.ts";
import { keepAside, readJsonFile, writeJsonFile } from "./json-file.ts";

export class FileSettingsStore implements SettingsStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  load(): { settings: Settings; notices: readonly Notice[] } {
    const read = readJsonFile(this.#path);
    if (read.kind === "absent") return { settings: defaultSettings, notices: [] };
    const { settings, complaints } =
      read.kind === "value"
        ? parseSettings(read.value)
        : { settings: defaultSettings, complaints: ["the file is damaged"] };
    if (complaints.length === 0) return { settings, notices: [] };
    return { settings, notices: [settingsDamaged(complaints, keepAside(this.#path, Date.now()))] };
  }

  save(settings: Settings): Notice | null {
    try {
      writeJsonFile(this.#path, settings);
      return null;
    } catch (error) {
      return settingsNotSaved(error);
    }
  }
}

/** Told when parts of the settings could not be read; `aside` is where the file as it was is kept. */
function settingsDamaged(complaints: readonly string[], aside: string | null): Notice {
  const kept = aside === null ? "" : ` The file as it was is kept as ${aside}.`;
  return {
    id: "settings-damaged",
    level: "warning",
    message: `The settings could not be read in full: ${complaints.join(", ")}. Defaults are used there.${kept}`,
  };
}

export function settingsNotSaved(error: unknown): Notice {
  return {
    id: "settings-not-saved",
    level: "warning",
    message: `The settings could not be saved, so this change is forgotten at the next start (${String(error)}).`,
  };
}
