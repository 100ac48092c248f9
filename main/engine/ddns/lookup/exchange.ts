/** One question to one DNS server: UDP with retransmission, TCP when the answer is truncated or the question long. */
import type { Environment, UdpAddress } from "../../environment.ts";
import type { NamesNetwork } from "../network.ts";
import { decodeMessage, type Message } from "../wire/message.ts";
import { sameName } from "../wire/name.ts";

/** Milliseconds after which an unanswered datagram is sent again; the last is how long the last one waits. */
const WAITS = [800, 1600, 2400] as const;
const TCP_TIMEOUT = 5000;
/** Bytes of a datagram without EDNS (RFC 1035 §2.3.4). */
const MAX_UDP = 512;

export interface DnsWorld {
  readonly environment: Environment;
  readonly network: NamesNetwork;
}

export type Judgement<T> = { readonly take: T } | "ignore" | "truncated";

export type ExchangeOutcome<T> =
  | { readonly kind: "answer"; readonly value: T }
  | {
      readonly kind: "failed";
      /** `unreachable`: no route or nobody there. `unusable`: answers came, but none that could be believed. */
      readonly reason: "timeout" | "unreachable" | "unusable";
    };

/**
 * Sends `request` until `judge` takes an answer. What it ignores might be forged, so waiting goes on; a truncated
 * answer is asked for again over TCP.
 */
export async function exchange<T>(
  world: DnsWorld,
  server: UdpAddress,
  request: Uint8Array,
  judge: (answer: Uint8Array) => Judgement<T>,
): Promise<ExchangeOutcome<T>> {
  if (request.length <= MAX_UDP) {
    const outcome = await overUdp(world, server, request, judge);
    if (outcome !== "truncated") return outcome;
  }
  const outcome = await world.network.exchangeTcp(server, request, TCP_TIMEOUT);
  if (outcome.kind === "failed") {
    return { kind: "failed", reason: outcome.reason === "broken" ? "unusable" : outcome.reason };
  }
  const judgement = judge(outcome.bytes);
  return typeof judgement === "object"
    ? { kind: "answer", value: judgement.take }
    : { kind: "failed", reason: "unusable" };
}

/** True when `message` answers `asked`: id, direction, opcode and question are the same (RFC 5452 §9.1). */
function answers(message: Message, asked: Message): boolean {
  const [question] = message.questions;
  const [wanted] = asked.questions;
  return (
    message.response &&
    message.id === asked.id &&
    message.opcode === asked.opcode &&
    (question === undefined
      ? message.rcode !== 0
      : message.questions.length === 1 &&
        wanted !== undefined &&
        question.type === wanted.type &&
        question.class === wanted.class &&
        sameName(question.name, wanted.name))
  );
}

/** The message in `bytes` when it answers `asked`. */
export function judgeAnswer(bytes: Uint8Array, asked: Message): Judgement<Message> {
  const decoded = decodeMessage(bytes);
  if (decoded.kind === "invalid" || !answers(decoded.message, asked)) return "ignore";
  return decoded.message.truncated ? "truncated" : { take: decoded.message };
}

async function overUdp<T>(
  { environment }: DnsWorld,
  server: UdpAddress,
  request: Uint8Array,
  judge: (answer: Uint8Array) => Judgement<T>,
): Promise<ExchangeOutcome<T> | "truncated"> {
  let socket;
  try {
    socket = await environment.network.connectUdp(server);
  } catch {
    return { kind: "failed", reason: "unreachable" };
  }
  const { clock } = environment;
  let cancel = (): void => undefined;
  let heard = false;
  try {
    return await new Promise((resolve) => {
      let attempt = 0;
      const send = (): void => {
        const wait = WAITS[attempt];
        if (wait === undefined) {
          resolve({ kind: "failed", reason: heard ? "unusable" : "timeout" });
          return;
        }
        attempt += 1;
        cancel = clock.after(wait, send);
        socket.send(request);
      };
      socket.onMessage((datagram, from) => {
        if (from.address !== server.address || from.port !== server.port) return;
        const judgement = judge(datagram);
        if (judgement === "truncated") resolve("truncated");
        else if (judgement === "ignore") heard = true;
        else resolve({ kind: "answer", value: judgement.take });
      });
      socket.onError(() => resolve({ kind: "failed", reason: "unreachable" }));
      send();
    });
  } finally {
    cancel();
    socket.close();
  }
}
