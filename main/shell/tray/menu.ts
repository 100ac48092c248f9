/**
 * The tray menu as data: open ports, found servers, the app. Pure, so that a test can read what a user would.
 * Everything Homeport can do in one click is here, because on Linux the menu is the only sure thing.
 */
import {
  barrierOf,
  describeBarrier,
  describeGateway,
  exposedKeys,
  exposeObstacle,
  exposureKey,
  exposureTitle,
  formatEndpoint,
  otherWay,
  needsSecondYes,
  portKey,
  refOf,
  secondsLeft,
} from "../../../shared/endpoint.ts";
import type { ExposureRef } from "../../../shared/contract.ts";
import type { Exposure, RecognisedServer, Snapshot } from "../../../shared/snapshot.ts";

/** What a click on a menu entry asks for. */
export type MenuAction =
  | ({ readonly kind: "expose" | "withdraw" | "retry" } & ExposureRef)
  | ({ readonly kind: "copy"; readonly ipv6?: boolean } & ExposureRef)
  | { readonly kind: "open-window" | "quit" | "quit-and-keep" };

export type MenuEntry =
  | { readonly kind: "separator" }
  | { readonly kind: "text"; readonly label: string }
  | { readonly kind: "action"; readonly label: string; readonly action: MenuAction }
  | { readonly kind: "group"; readonly label: string; readonly entries: readonly MenuEntry[] };

/** Servers named in the menu; the window has them all. */
const MOST_SERVERS = 15;
/** Characters of a label. */
const LONGEST_LABEL = 80;

const separator: MenuEntry = { kind: "separator" };

/** `now`: milliseconds of the wall clock, for the time left. */
export function trayMenu(snapshot: Snapshot, now: number): readonly MenuEntry[] {
  return [
    text(describeGateway(snapshot)),
    separator,
    ...exposureEntries(snapshot, now),
    separator,
    exposeGroup(snapshot),
    action("Open Homeport", { kind: "open-window" }),
    separator,
    ...quitEntries(snapshot),
  ];
}

/** One line for the tooltip. */
export function trayTooltip({ exposures }: Pick<Snapshot, "exposures">): string {
  const open = exposures.filter(({ state }) => state === "mapped").length;
  const failed = exposures.filter(({ state }) => state === "failed").length;
  const parts = [
    open === 1 ? "1 port open" : `${open} ports open`,
    ...(failed === 0 ? [] : [`${failed} not open`]),
  ];
  return `Homeport: ${parts.join(", ")}`;
}

export type TrayState = "idle" | "open" | "problem";

/** What the icon shows: a problem before all else, then whether anything is open. */
export function trayState({ exposures }: Pick<Snapshot, "exposures">): TrayState {
  if (exposures.some((one) => one.state === "failed" || barrierOf(one) !== null)) return "problem";
  return exposures.some(({ state }) => state === "mapped") ? "open" : "idle";
}

function exposureEntries(snapshot: Snapshot, now: number): readonly MenuEntry[] {
  if (snapshot.exposures.length === 0) return [text("No ports open")];
  return snapshot.exposures.map((exposure) => ({
    kind: "group",
    label: plain(exposureLabel(exposure, snapshot.servers, now)),
    entries: exposureActions(exposure),
  }));
}

/** `server.js  52.3.4.5:8080 · 57 min left`. */
function exposureLabel(
  exposure: Exposure,
  servers: readonly RecognisedServer[],
  now: number,
): string {
  const title = `${exposureTitle(exposure, servers)} (${exposureKey(exposure)})`;
  return `${title}: ${exposureStatus(exposure, now)}`;
}

function exposureStatus(exposure: Exposure, now: number): string {
  switch (exposure.state) {
    case "mapped": {
      const endpoint = exposure.endpoint === null ? "" : formatEndpoint(exposure.endpoint);
      const barrier = barrierOf(exposure);
      if (barrier !== null) return `${endpoint} · ${describeBarrier(barrier)}`;
      const left = secondsLeft(exposure, now);
      return left === null ? endpoint : `${endpoint} · ${timeLeft(left)}`;
    }
    case "mapping":
      return "asking the router…";
    case "failed":
      return "not open";
    case "withdrawing":
      return "closing…";
    case "waiting":
      return "waits for the server";
  }
}

/** Minutes, because a menu that stands open does not count down. */
function timeLeft(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 100) return `${minutes} min left`;
  const hours = Math.round(seconds / 3600);
  return hours < 72 ? `${hours} h left` : `${Math.round(hours / 24)} days left`;
}

function exposureActions(exposure: Exposure): readonly MenuEntry[] {
  const { endpoint, state, error, finding, block } = exposure;
  const of = refOf(exposure);
  const other = otherWay(exposure);
  const trouble = barrierOf(exposure) ?? error ?? finding;
  return [
    ...(endpoint === null
      ? []
      : [action(`Copy ${formatEndpoint(endpoint)}`, { kind: "copy", ...of })]),
    ...(block ?? []).flatMap((port) =>
      port.endpoint === null
        ? []
        : [text(`With it: ${exposureKey(port)} at ${formatEndpoint(port.endpoint)}`)],
    ),
    ...(other === null
      ? []
      : [action(`Copy ${formatEndpoint(other)}`, { kind: "copy", ...of, ipv6: true })]),
    ...(trouble === null ? [] : [text(trouble.message)]),
    ...(error === null ? [] : [action("Try again", { kind: "retry", ...of })]),
    ...(state === "withdrawing" ? [] : [action("Stop exposing", { kind: "withdraw", ...of })]),
  ];
}

function exposeGroup({ servers, exposures, gateways }: Snapshot): MenuEntry {
  const exposed = exposedKeys(exposures);
  const free = servers.filter(
    (server) =>
      !server.ephemeral &&
      !exposed.has(portKey(server.transport, server.port)) &&
      exposeObstacle(server, gateways) === null,
  );
  if (free.length === 0) return text("No other servers found on this PC");
  const more = free.length - MOST_SERVERS;
  return {
    kind: "group",
    label: "Expose a server",
    entries: [
      ...free.slice(0, MOST_SERVERS).map(exposeEntry),
      ...(more > 0 ? [action(`${more} more in the window…`, { kind: "open-window" })] : []),
    ],
  };
}

/** What should stay closed is exposed in the window only, which says why. */
function exposeEntry(server: RecognisedServer): MenuEntry {
  const { title, transport, port } = server;
  const label = `${title} (${portKey(transport, port)})`;
  return needsSecondYes(server)
    ? action(`${label}…`, { kind: "open-window" })
    : action(label, { kind: "expose", transport, internalPort: port });
}

/** Quitting says what it does to the ports, where there are any. */
function quitEntries({ exposures }: Snapshot): readonly MenuEntry[] {
  if (exposures.length === 0) return [action("Quit", { kind: "quit" })];
  return [
    action("Quit and keep ports open", { kind: "quit-and-keep" }),
    action("Close ports and quit", { kind: "quit" }),
  ];
}

function text(label: string): MenuEntry {
  return { kind: "text", label: plain(label) };
}

function action(label: string, what: MenuAction): MenuEntry {
  return { kind: "action", label: plain(label), action: what };
}

/** A label may hold a program's name, which anybody can choose: one bounded line, `&` not taken for a shortcut. */
function plain(label: string): string {
  const line = label.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  const bounded = line.length > LONGEST_LABEL ? `${line.slice(0, LONGEST_LABEL - 1)}…` : line;
  return bounded.replaceAll("&", "&&");
}
