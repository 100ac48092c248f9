/** While somebody looks at the window, servers are asked more often what they tell of themselves. */
import { send } from "./store.ts";

/** Milliseconds between two questions while the window is seen. */
const EVERY = 30_000;

/** Follows whether `document` is seen; the answer stops. A refusal matters to nobody: what is known stays shown. */
export function keepFresh(document: Document): () => void {
  let timer: ReturnType<typeof setInterval> | null = null;
  const refresh = (): void => void send("refreshServers", undefined);
  const stop = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  const update = (): void => {
    stop();
    if (document.hidden) return;
    refresh();
    timer = setInterval(refresh, EVERY);
  };
  document.addEventListener("visibilitychange", update);
  update();
  return () => {
    document.removeEventListener("visibilitychange", update);
    stop();
  };
}
