/**
 * RFC 2136: all changes of one moment as one signed message to the zone's primary, which takes all or none. What we
 * believe to stand there is sent as prerequisites, so that nobody else's change is overwritten (compare-and-swap).
 */
import type { UdpAddress } from "../../environment.ts";
import { type DnsWorld, exchange, judgeAnswer, type Judgement } from "../lookup/exchange.ts";
import { dnsData, type DnsRef, isDns, type RrsetChange, type RrsetState } from "../rrset.ts";
import { encodeMessage, type Message, record, type ResourceRecord } from "../wire/message.ts";
import { isWithin } from "../wire/name.ts";
import { classes, opcodes, rcodeName, rcodes, recordTypes } from "../wire/numbers.ts";
import { signMessage, type TsigKey, type Verification, verifyResponse } from "../wire/tsig.ts";

export interface UpdateRequest {
  readonly zone: string;
  readonly changes: readonly RrsetChange[];
  /** Sets that have to stand as they are, beside those that change. */
  readonly requires?: readonly RrsetState[];
}

export type UpdateOutcome =
  | { readonly kind: "done" }
  /** A prerequisite does not hold: something else stands there than we believe. Nothing was changed. */
  | { readonly kind: "conflict"; readonly rcode: string }
  /** The server does not know the key (BADKEY), or its secret is another (BADSIG). */
  | { readonly kind: "key-rejected"; readonly error: "BADKEY" | "BADSIG" }
  /** The clocks differ by more than five minutes; seconds by which the server's is ahead, if told. */
  | { readonly kind: "bad-time"; readonly ahead: number | null }
  /** The server knows us but does not let us (REFUSED), or does not do updates (NOTIMP, NOTAUTH, …). */
  | { readonly kind: "refused"; readonly rcode: string }
  | {
      readonly kind: "failed";
      /** `unverified`: answers came that were not signed as they should; the update may have been done or not. */
      readonly reason: "timeout" | "unreachable" | "unusable" | "unverified" | "SERVFAIL";
    };

/** Sends to the first of `servers` that can be reached. The changes' names must be in the zone. */
export async function sendUpdate(
  world: DnsWorld,
  servers: readonly UdpAddress[],
  key: TsigKey,
  request: UpdateRequest,
): Promise<UpdateOutcome> {
  if (request.changes.some(({ name }) => !isWithin(name, request.zone))) {
    return { kind: "refused", rcode: rcodeName(rcodes.NOTZONE) };
  }
  let outcome: UpdateOutcome = { kind: "failed", reason: "unreachable" };
  for (const server of servers) {
    outcome = await sendTo(world, server, key, request);
    if (outcome.kind !== "failed" || outcome.reason !== "unreachable") break;
  }
  return outcome;
}

async function sendTo(
  world: DnsWorld,
  server: UdpAddress,
  key: TsigKey,
  request: UpdateRequest,
): Promise<UpdateOutcome> {
  const { clock, random } = world.environment;
  const seconds = (): number => Math.floor(clock.now() / 1000);
  const [high = 0, low = 0] = random.bytes(2);
  const message = updateMessage((high << 8) | low, request);
  const signed = signMessage(encodeMessage(message), key, seconds());
  let doubt: Verification["kind"] | null = null;
  const outcome = await exchange(world, server, signed.bytes, (bytes): Judgement<UpdateOutcome> => {
    const verdict = verifyResponse(bytes, key, signed.mac, seconds());
    switch (verdict.kind) {
      case "verified": {
        const judged = judgeAnswer(verdict.message, message);
        return typeof judged === "object" ? { take: outcomeOf(judged.take.rcode) } : judged;
      }
      case "rejected":
        return idOf(bytes) === message.id
          ? { take: { kind: "key-rejected", error: verdict.error } }
          : "ignore";
      case "bad-time": {
        const { serverTime } = verdict;
        const ahead = serverTime === null ? null : serverTime - seconds();
        return { take: { kind: "bad-time", ahead } };
      }
      case "unsigned": {
        // Servers without the key at hand, or that do no updates at all, cannot sign.
        const judged = judgeAnswer(bytes, message);
        if (typeof judged === "object" && unsignedRefusals.has(judged.take.rcode)) {
          return { take: { kind: "refused", rcode: rcodeName(judged.take.rcode) } };
        }
        doubt = verdict.kind;
        return judged === "truncated" ? judged : "ignore";
      }
      case "wrong-key":
      case "wrong-signature":
      case "out-of-time":
      case "malformed":
        doubt = verdict.kind;
        return "ignore";
    }
  });
  if (outcome.kind === "answer") return outcome.value;
  return { kind: "failed", reason: doubt === null ? outcome.reason : "unverified" };
}

/** Rcodes believed without a signature: they change nothing and tell the user what to look for. */
const unsignedRefusals: ReadonlySet<number> = new Set([
  rcodes.REFUSED,
  rcodes.NOTIMP,
  rcodes.NOTAUTH,
  rcodes.NOTZONE,
  rcodes.FORMERR,
]);

function outcomeOf(rcode: number): UpdateOutcome {
  switch (rcode) {
    case rcodes.NOERROR:
      return { kind: "done" };
    case rcodes.YXDOMAIN:
    case rcodes.YXRRSET:
    case rcodes.NXDOMAIN:
    case rcodes.NXRRSET:
      return { kind: "conflict", rcode: rcodeName(rcode) };
    case rcodes.SERVFAIL:
      return { kind: "failed", reason: "SERVFAIL" };
    default:
      return { kind: "refused", rcode: rcodeName(rcode) };
  }
}

/** The UPDATE before it is signed (RFC 2136 §2). Removals stand before additions. */
export function updateMessage(
  id: number,
  { zone, changes: all, requires = [] }: UpdateRequest,
): Message {
  const changes = all.filter(isDns);
  const removals = changes.map(removeRrset);
  return {
    id,
    response: false,
    opcode: opcodes.UPDATE,
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    rcode: 0,
    questions: [{ name: zone, type: recordTypes.SOA, class: classes.IN }],
    answers: [
      ...requires.filter(isDns).flatMap(prerequisite),
      ...changes.flatMap(({ name, type, before }) =>
        before === null ? [] : prerequisite({ name, type, data: before }),
      ),
    ],
    authority: [
      ...removals,
      ...changes.flatMap(({ name, ttl, after }) =>
        dnsData(after).map((data) => record(name, classes.IN, ttl, data)),
      ),
    ],
    additional: [],
  };
}

/** §2.4.2 (the set is exactly this) or §2.4.3 (there is no such set). */
function prerequisite({ name, type, data }: RrsetState & DnsRef): ResourceRecord[] {
  if (data.length > 0) return dnsData(data).map((one) => record(name, classes.IN, 0, one));
  return [{ name, type: recordTypes[type], class: classes.NONE, ttl: 0, data: null }];
}

/** §2.5.2. */
function removeRrset({ name, type }: DnsRef): ResourceRecord {
  return { name, type: recordTypes[type], class: classes.ANY, ttl: 0, data: null };
}

function idOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}
