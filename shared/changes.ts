/** What changed in the way to this PC, and what told us: the part of the Snapshot that is a history. */
import { z } from "zod";

const changeSignals = [
  /** The router announced that it lost its state (RFC 6887 §14.1.3, RFC 6886 §3.2.1). */
  "announcement",
  /** The router's clock showed that it had restarted (RFC 6887 §8.5). */
  "epoch",
  /** A mapping was looked for on the router and not found. */
  "mapping-missing",
  /** The router was asked for its external address. */
  "address-poll",
  /** The router sent an UPnP event. */
  "upnp-event",
  /** The answer to a renewal said so. */
  "renewal",
  /** Interfaces, addresses or routes of this PC changed. */
  "network-change",
  /** This PC or Homeport slept. */
  "wake-up",
  /** The wall clock jumped. */
  "clock-jump",
  /** A short-lived mapping was asked for because none stood (RFC 7393 §2.3). */
  "inquiry",
  /** The periodic look at our own mappings (RFC 7393 §2.3), by which a router that cannot tell us is asked again. */
  "table-check",
  /** The router in use answered nothing any more, and another one did. */
  "silence",
  /** A router that goes before the one in use answers again. */
  "return",
  /** A server on the internet sees another address than before. */
  "outside",
  /** It changed while Homeport did not run. */
  "start",
] as const;

export const networkChangeSchema = z.strictObject({
  /** When we saw it, ISO 8601 in UTC. */
  at: z.iso.datetime(),
  what: z.enum(["gateway", "external-address", "external-port"]),
  /** The exposure whose port it is, e.g. `tcp/25565`; null for what concerns all. */
  exposure: z.string().max(64).nullable(),
  before: z.string().max(64),
  after: z.string().max(64),
  signal: z.enum(changeSignals),
});

export type ChangeSignal = (typeof changeSignals)[number];
export type NetworkChange = Readonly<z.infer<typeof networkChangeSchema>>;

const signalTexts: Readonly<Record<ChangeSignal, string>> = {
  announcement: "the router announced it",
  epoch: "the router had restarted",
  "mapping-missing": "the router had lost a port",
  "address-poll": "the router was asked",
  "upnp-event": "the router sent an event",
  renewal: "seen at a renewal",
  "network-change": "this PC’s network changed",
  "wake-up": "seen after sleep",
  "clock-jump": "seen after the clock was set",
  inquiry: "the router was asked",
  "table-check": "seen at the regular check of the open ports",
  silence: "the router had stopped answering",
  return: "the router answers again",
  outside: "seen from the internet",
  start: "while Homeport was closed",
};

/** How it was noticed, in words that follow a comma. */
export function describeSignal(signal: ChangeSignal): string {
  return signalTexts[signal];
}

/** What changed, in a few words: `Internet address 52.3.4.5 → 52.3.4.6`. */
export function describeChange({ what, exposure, before, after }: NetworkChange): string {
  const subject = {
    gateway: "Router",
    "external-address": "Internet address",
    "external-port": `Port of ${exposure ?? "a server"}`,
  }[what];
  return `${subject} ${before} → ${after}`;
}
