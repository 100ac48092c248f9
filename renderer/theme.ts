/** Puts the chosen theme on the document; `system` leaves it to prefers-color-scheme. */
import { useWindowStore } from "./store.ts";

/** Follows the settings; the answer stops. */
export function followTheme(root: HTMLElement): () => void {
  const apply = (): void => {
    const theme = useWindowStore.getState().snapshot?.settings.theme ?? "system";
    if (theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = theme;
  };
  apply();
  return useWindowStore.subscribe(apply);
}
