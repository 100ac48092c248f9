/** What a screen reader is told when nothing was pressed: settled state changes, and only those. */
import { describeState, exposureKey, exposureTitle, formatEndpoint } from "../shared/endpoint.ts";
import type { Exposure, Snapshot } from "../shared/snapshot.ts";
import { say, useWindowStore } from "./store.ts";

/** Milliseconds in which changes of one cause (asked, answered, renewed) come together. */
const SETTLE = 600;

/** The last thing said of each exposure. */
export type Said = ReadonlyMap<string, string>;

/** What to say now, and what has been said then. An exposure on its way keeps what was said of it. */
export function settledChanges(before: Said, snapshot: Snapshot): { say: string[]; said: Said } {
  const said = new Map<string, string>();
  const news: string[] = [];
  for (const exposure of snapshot.exposures) {
    const key = exposureKey(exposure);
    const last = before.get(key);
    const settled = exposure.state === "mapped" || exposure.state === "failed";
    const text = settled ? describe(exposure, snapshot) : (last ?? "");
    if (text !== last && text !== "") news.push(text);
    said.set(key, text);
  }
  for (const key of before.keys()) if (!said.has(key)) news.push(`${key} is closed.`);
  return { say: news, said };
}

function describe(exposure: Exposure, { servers }: Snapshot): string {
  const problem = exposure.error ?? exposure.finding;
  return [
    `${exposureTitle(exposure, servers)}, ${exposureKey(exposure)}: ${describeState(exposure)}.`,
    ...(exposure.endpoint === null ? [] : [`Public address ${formatEndpoint(exposure.endpoint)}.`]),
    ...(problem === null ? [] : [problem.message]),
  ].join(" ");
}

/** Follows the store; the answer stops. What stands when the window opens is not announced. */
export function startAnnouncements(): () => void {
  let said: Said | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const speak = (): void => {
    timer = null;
    const { snapshot } = useWindowStore.getState();
    if (snapshot === null || said === null) return;
    const changes = settledChanges(said, snapshot);
    said = changes.said;
    if (changes.say.length > 0) say(changes.say.join(" "));
  };
  const unsubscribe = useWindowStore.subscribe(({ snapshot }, previous) => {
    if (snapshot === null || snapshot === previous.snapshot) return;
    if (said === null) said = settledChanges(new Map(), snapshot).said;
    else if (snapshot.exposures !== previous.snapshot?.exposures) {
      timer ??= setTimeout(speak, SETTLE);
    }
  });
  return () => {
    unsubscribe();
    if (timer !== null) clearTimeout(timer);
  };
}
