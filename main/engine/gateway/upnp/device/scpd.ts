/** What a service says of itself in its SCPD (UPnP Device Architecture 1.1 §2.5), as far as mapping ports needs it. */
import { child, childText, parseXml, type XmlElement } from "./xml.ts";

/** Both ends are allowed. */
export interface ValueRange {
  readonly minimum: number;
  readonly maximum: number;
}

export interface Scpd {
  /** Names of the actions that it has. */
  readonly actions: ReadonlySet<string>;
  /** Seconds that a mapping may last; null where it does not say, or nothing that makes sense. */
  readonly leases: ValueRange | null;
  /** External ports; null likewise. */
  readonly externalPorts: ValueRange | null;
}

const MAX_ACTIONS = 128;
const MAX_VARIABLES = 256;
const MAX_NAME = 64;
/** The greatest `ui4`. */
const MAX_VALUE = 0xffff_ffff;

/**
 * Null when it is none, or not one of a service that maps ports: what does not have the action that every such
 * service has is another service's, or a placeholder, and says nothing of this one.
 */
export function parseScpd(body: string): Scpd | null {
  const parsed = parseXml(body);
  if (parsed.kind === "invalid" || parsed.root.name !== "scpd") return null;
  const listed = child(parsed.root, "actionList")?.children.slice(0, MAX_ACTIONS) ?? [];
  const names = listed.map((action) => childText(action, "name"));
  const actions = new Set(names.filter((name) => name.length <= MAX_NAME));
  if (!actions.has("AddPortMapping")) return null;
  const table = child(parsed.root, "serviceStateTable")?.children.slice(0, MAX_VARIABLES) ?? [];
  const range = (name: string): ValueRange | null =>
    rangeOf(table.find((variable) => childText(variable, "name") === name));
  return {
    actions,
    leases: range("PortMappingLeaseDuration"),
    externalPorts: within(range("ExternalPort"), { minimum: 1, maximum: 65_535 }),
  };
}

function rangeOf(variable: XmlElement | undefined): ValueRange | null {
  const told = variable === undefined ? null : child(variable, "allowedValueRange");
  if (told === null) return null;
  const minimum = valueOf(childText(told, "minimum"));
  const maximum = valueOf(childText(told, "maximum"));
  return minimum === null || maximum === null || minimum > maximum ? null : { minimum, maximum };
}

function valueOf(text: string): number | null {
  if (!/^\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value <= MAX_VALUE ? value : null;
}

function within(range: ValueRange | null, bounds: ValueRange): ValueRange | null {
  if (range === null) return null;
  const minimum = Math.max(range.minimum, bounds.minimum);
  const maximum = Math.min(range.maximum, bounds.maximum);
  return minimum > maximum ? null : { minimum, maximum };
}
