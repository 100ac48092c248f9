/** Where settings and intents live between runs; electron-store in the app, a plain file when headless. */
import type { Settings } from "../../shared/settings.ts";
import type { Notice } from "../../shared/snapshot.ts";

export interface SettingsStore {
  /** Never throws: what cannot be read is kept aside, told by a notice, and replaced by defaults. */
  load(): { readonly settings: Settings; readonly notices: readonly Notice[] };
  /** Writes at once and atomically. A failure is returned as a notice; the old file then still stands. */
  save(settings: Settings): Notice | null;
}
