/** What a screen reader is told when nothing was pressed: settled state changes, and only those. */
import { describeState, exposureKey, exposureTitle, formatEndpoint } from "../shared/endpoint.ts";
import { describeName } from "../shared/name-text.ts";
import type { Exposure, Name, Snapshot } from "../shared/snapshot.ts";
import { nameKey, say, useWindowStore } from "./store.ts";

/** Milliseconds in which changes of one cause (asked, answered, renewed) come together. */
const SETTLE = 600;

/** By exposure or name: the last thing said of it, and what to say when it goes. */
export type Said = ReadonlyMap<string, { readonly text: string; readonly end: string }>;

/** What to say now, and what has been said then. What is on its way keeps what was said of it. */
export function settledChanges(before: Said, snapshot: Snapshot): { say: string[]; said: Said } {
  const said = new Map<string, { text: string; end: string }>();
  const news: string[] = [];
  for (const { key, settled, end } of subjects(snapshot)) {
    const last = before.get(key)?.text;
    const text = settled ?? last ?? "";
    if (text !== last && text !== "") news.push(text);
    said.set(key, { text, end });
  }
  for (const [key, { end }] of before) if (!said.has(key)) news.push(end);
  return { say: news, said };
}

interface Subject {
  readonly key: string;
  /** What it has come to; null while it is on its way. */
  readonly settled: string | null;
  readonly end: string;
}

function subjects(snapshot: Snapshot): readonly Subject[] {
  return [
    ...snapshot.exposures.map((exposure) => ({
      key: exposureKey(exposure),
      settled: settledExposure(exposure, snapshot),
      end: `${exposureKey(exposure)} is closed.`,
    })),
    ...snapshot.names.map((name) => ({
      key: nameKey(name),
      settled: settledName(name),
      end: `${name.fqdn} leads here no more.`,
    })),
  ];
}

function settledExposure(exposure: Exposure, { servers }: Snapshot): string | null {
  if (exposure.state === "mapping" || exposure.state === "withdrawing") return null;
  const problem = exposure.error ?? exposure.finding;
  return [
    `${exposureTitle(exposure, servers)}, ${exposureKey(exposure)}: ${describeState(exposure)}.`,
    ...(exposure.endpoint === null ? [] : [`Public address ${formatEndpoint(exposure.endpoint)}.`]),
    ...(problem === null ? [] : [problem.message]),
  ].join(" ");
}

function settledName(name: Name): string | null {
  const { fqdn, state, error } = name;
  if (state !== "visible" && state !== "blocked" && state !== "error") return null;
  return [
    `${fqdn}: ${describeName({ ...name, nextAttempt: null })}.`,
    ...(error === null ? [] : [error.message]),
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
    else if (
      snapshot.exposures !== previous.snapshot?.exposures ||
      snapshot.names !== previous.snapshot.names
    ) {
      timer ??= setTimeout(speak, SETTLE);
    }
  });
  return () => {
    unsubscribe();
    if (timer !== null) clearTimeout(timer);
  };
}
