/**
 * When a provider may be asked again: the client rules of dyndns2 (vendors block clients that break them) and of HTTP
 * (429, Retry-After), for every kind of provider. A pure state machine; its state is kept on disk, so that a ban or a
 * wait outlives a restart. Times are wall clock, in milliseconds since the epoch.
 */
import { z } from "zod";
import { isProblemCode, problem, type ProblemCode } from "../../../shared/problems.ts";
import type { Problem } from "../../../shared/snapshot.ts";
import type { Refusal } from "./refusal.ts";

export interface Limits {
  /** Requests allowed in any span of that many seconds. */
  readonly rates: readonly { readonly count: number; readonly seconds: number }[];
  /** Seconds to wait after the provider said that it is out of order (911). */
  readonly outageSeconds: number;
  /** Seconds to wait when it asks for fewer requests without saying how long. */
  readonly throttledSeconds: number;
}

const problemCodeSchema = z.custom<ProblemCode>(isProblemCode);

export const policyStateSchema = z.strictObject({
  /** Why asking is useless until the user does something. */
  stopped: z
    .strictObject({ code: problemCodeSchema, message: z.string() })
    .nullable()
    .default(null),
  notBefore: z.number().default(0),
  /** Why `notBefore` is not past. */
  waiting: z
    .strictObject({ code: problemCodeSchema, message: z.string(), network: z.boolean() })
    .nullable()
    .default(null),
  /** Failures since the last success. */
  failures: z.number().int().min(0).default(0),
  /** When requests were sent, oldest first, as far back as the limits look. */
  sent: z.array(z.number()).max(3000).default([]),
});
export type PolicyState = Readonly<z.infer<typeof policyStateSchema>>;

export const freshPolicy: PolicyState = policyStateSchema.parse({});

export type Permission =
  | { readonly kind: "send" }
  | { readonly kind: "wait"; readonly until: number; readonly problem: Problem | null }
  | { readonly kind: "stopped"; readonly problem: Problem };

/** Seconds: first and longest wait of the exponential back-off. */
const FIRST_WAIT = 5;
const LONGEST_WAIT = 3600;
/** Seconds: no wait is longer, whatever a server says or a clock that jumped makes of it. */
const LONGEST_ORDERED = 2 * 86_400;

export function mayAsk(state: PolicyState, limits: Limits, now: number): Permission {
  if (state.stopped !== null) return { kind: "stopped", problem: state.stopped };
  const ordered = Math.min(state.notBefore, now + LONGEST_ORDERED * 1000);
  const free = freeAt(state, limits, now);
  const until = Math.max(ordered, free);
  if (until <= now) return { kind: "send" };
  const reason: Problem | null =
    free > ordered
      ? problem("dns-rate-limit")
      : state.waiting && { code: state.waiting.code, message: state.waiting.message };
  return { kind: "wait", until, problem: reason };
}

/** A request is about to be sent; noted before it is, so that a crash cannot make it forgotten. */
export function noteSent(state: PolicyState, limits: Limits, now: number): PolicyState {
  const longest = Math.max(0, ...limits.rates.map(({ seconds }) => seconds)) * 1000;
  // A clock set back would make old requests look like future ones.
  const recent = state.sent.filter((at) => at > now - longest && at <= now);
  return { ...state, sent: [...recent, now].slice(-3000) };
}

export function noteSuccess(state: PolicyState): PolicyState {
  return { ...freshPolicy, sent: state.sent };
}

/** `fraction` is random in [0, 1) and spreads the back-off by a quarter either way. */
export function noteRefusal(
  state: PolicyState,
  refusal: Refusal,
  limits: Limits,
  now: number,
  fraction: number,
): PolicyState {
  if (refusal.kind === "fatal") return { ...state, stopped: refusal.problem, waiting: null };
  const failures = state.failures + 1;
  const backOff =
    Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 20)) * (0.75 + fraction / 2);
  const least = {
    throttled: limits.throttledSeconds,
    outage: limits.outageSeconds,
    network: 0,
    server: 0,
  }[refusal.reason];
  const seconds = Math.max(refusal.seconds ?? least, refusal.seconds === null ? backOff : 0);
  return {
    ...state,
    failures,
    notBefore: now + Math.min(seconds, LONGEST_ORDERED) * 1000,
    waiting: { ...refusal.problem, network: refusal.reason === "network" },
  };
}

/** The network may be back: waits that were for its sake alone end. */
export function networkChanged(state: PolicyState): PolicyState {
  return state.waiting?.network === true
    ? { ...state, notBefore: 0, waiting: null, failures: 0 }
    : state;
}

/** The user did something about it: fatal codes are forgotten, ordered waits are not. */
export function rearm(state: PolicyState): PolicyState {
  return { ...state, stopped: null };
}

/** When the limits allow one more request. */
function freeAt({ sent }: PolicyState, { rates }: Limits, now: number): number {
  const past = sent.filter((at) => at <= now);
  return Math.max(
    0,
    ...rates.map(({ count, seconds }) => {
      const oldest = past.at(-count);
      return oldest === undefined ? 0 : oldest + seconds * 1000;
    }),
  );
}
