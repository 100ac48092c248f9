/** One question to one address and what comes back, within limits of time and size whatever the other side does. */
import type { Cancel, Clock, Network, UdpAddress } from "../../environment.ts";
import type { Answer } from "./answer.ts";
import { Unreadable } from "./byte-reader.ts";

/** Milliseconds for a whole exchange. */
export const patience = 3000;

interface TcpQuestion {
  readonly to: UdpAddress;
  /** Sent at once; empty to wait for a greeting. */
  readonly send: Uint8Array;
  /** More is not read: the connection is closed. */
  readonly maxBytes: number;
  /** True when enough has come. */
  readonly isEnough: (bytes: Uint8Array) => boolean;
}

export type TcpReply =
  | {
      readonly kind: "bytes";
      readonly bytes: Uint8Array;
      /** Why no more was read. */
      readonly end: "enough" | "closed" | "timeout" | "too-large";
    }
  | { readonly kind: "failed"; readonly detail: string };

/** Never rejects. */
export type ExchangeTcp = (question: TcpQuestion) => Promise<TcpReply>;

export type AskOutcome =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** Nothing came in time. */
  | { readonly kind: "silent" }
  | { readonly kind: "unreadable" | "too-large" | "unreachable"; readonly detail: string };

/** Milliseconds until a question is repeated once. */
const repeatAfter = 1000;
/** A server that floods us is not read to the end. */
const mostDatagrams = 16;

export interface UdpQuestion {
  readonly to: UdpAddress;
  readonly send: Uint8Array;
  /** The answer, or what to send next. Throws Unreadable for what is neither; then the right one may still come. */
  readonly read: (datagram: Uint8Array) => Answer | Uint8Array;
}

/** Never rejects. */
export async function exchangeUdp(
  { network, clock }: { readonly network: Pick<Network, "connectUdp">; readonly clock: Clock },
  { to, send, read }: UdpQuestion,
): Promise<AskOutcome> {
  let socket;
  try {
    socket = await network.connectUdp(to);
  } catch (error) {
    return { kind: "unreachable", detail: codeOf(error) };
  }
  const timers: Cancel[] = [];
  try {
    return await new Promise<AskOutcome>((resolve) => {
      let question = send;
      let seen = 0;
      let unread: AskOutcome = { kind: "silent" };
      socket.onMessage((datagram) => {
        seen += 1;
        try {
          const result = read(datagram);
          if (!(result instanceof Uint8Array)) return resolve({ kind: "answer", answer: result });
          question = result;
          if (seen < mostDatagrams) socket.send(question);
        } catch (error) {
          unread = { kind: "unreadable", detail: reasonOf(error) };
        }
        if (seen >= mostDatagrams) resolve(unread);
      });
      socket.onError((error) => resolve({ kind: "unreachable", detail: codeOf(error) }));
      timers.push(
        clock.after(repeatAfter, () => socket.send(question)),
        clock.after(patience, () => resolve(unread)),
      );
      socket.send(question);
    });
  } finally {
    for (const cancel of timers) cancel();
    socket.close();
  }
}

/** What `decode` makes of the reply. `partly`: what came before a limit may do. */
export function readReply(
  reply: TcpReply,
  decode: (bytes: Uint8Array) => Answer,
  partly = false,
): AskOutcome {
  if (reply.kind === "failed") return { kind: "unreachable", detail: reply.detail };
  const { bytes, end } = reply;
  if (end === "too-large" && !partly) {
    return { kind: "too-large", detail: `${bytes.length} bytes and no end` };
  }
  if (bytes.length === 0) return { kind: "silent" };
  try {
    return { kind: "answer", answer: decode(bytes) };
  } catch (error) {
    return { kind: "unreadable", detail: reasonOf(error) };
  }
}

/** Ours in words; of a foreign error the kind alone, since its message may quote what came. */
function reasonOf(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  return error instanceof Error ? error.name : "error";
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? "error";
}
