/** `--config FILE`: the app's settings schema, read as it stands and never written. */
import { readFileSync } from "node:fs";
import { type Settings, settingsSchema } from "../../shared/settings.ts";
import type { SettingsStore } from "../engine/settings-store.ts";

export type ReadConfig =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "error"; readonly message: string };

/** Unlike the app's own file it is refused as a whole when anything in it is wrong, so that no typo goes unnoticed. */
export function readConfig(path: string): ReadConfig {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const why = error instanceof SyntaxError ? "it is no JSON" : String(error);
    return { kind: "error", message: `--config ${path}: ${why}` };
  }
  const parsed = settingsSchema.strict().safeParse(raw);
  if (parsed.success) return { kind: "settings", settings: parsed.data };
  const mistakes = parsed.error.issues
    .slice(0, 5)
    .map(({ path: at, message }) => `${at.length === 0 ? "the file" : at.join(".")}: ${message}`);
  return { kind: "error", message: `--config ${path}: ${mistakes.join("; ")}` };
}

/** Settings of this run alone. */
export function fixedSettings(settings: Settings): SettingsStore {
  return { load: () => ({ settings, notices: [] }), save: () => null };
}
