/** One Binding transaction over UDP (RFC 8489 §6.2.1 and §6.3): asks until an answer comes, or for a few seconds. */
import type { Cancel, Clock, Random, UdpAddress, UdpSocket } from "../../environment.ts";
import { sameAddress } from "../../addresses.ts";
import {
  type BindingAnswer,
  decodeBindingResponse,
  encodeBindingRequest,
  TRANSACTION_ID_LENGTH,
} from "./codec.ts";

/** Milliseconds before the first request is sent again; each further wait is twice as long (RFC 8489 §6.2.1). */
const FIRST_WAIT = 500;
/** Rc of RFC 8489 §6.2.1: sent after 0, 0.5, 1.5 and 3.5 s. Its seven would take 40 s, for a server that is not there. */
const MOST_SENDS = 4;
/** Milliseconds for the last answer. */
const LAST_WAIT = 2000;
/** A server that floods us is not read to the end. */
const MOST_DATAGRAMS = 32;

export type BindingOutcome =
  | BindingAnswer
  | { readonly kind: "silent" }
  /** `detail`: the system's code, e.g. ECONNREFUSED after an ICMP port unreachable (RFC 8489 §6.2.1). */
  | { readonly kind: "unreachable"; readonly detail: string };

export interface TransactionTools {
  readonly clock: Clock;
  readonly random: Pick<Random, "bytes">;
}

/**
 * Asks the peer of `socket`, which stays the caller's to close. Only datagrams from `server` that answer this very
 * transaction count: nobody who does not see our request can guess its 96 random bits. Rejects only with the signal's
 * reason.
 */
export function askBinding(
  { clock, random }: TransactionTools,
  socket: UdpSocket,
  server: UdpAddress,
  signal: AbortSignal,
): Promise<BindingOutcome> {
  const transactionId = random.bytes(TRANSACTION_ID_LENGTH);
  const request = encodeBindingRequest(transactionId);
  let timer: Cancel = () => undefined;
  let abort = (): void => undefined;
  return new Promise<BindingOutcome>((resolve, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    let seen = 0;
    socket.onMessage((datagram, from) => {
      seen += 1;
      if (seen > MOST_DATAGRAMS) return;
      if (from.port !== server.port || !sameAddress(from.address, server.address)) return;
      const decoded = decodeBindingResponse(datagram);
      if (decoded.kind !== "response" || !isSame(decoded.transactionId, transactionId)) return;
      resolve(decoded.answer);
    });
    socket.onError((error) => resolve({ kind: "unreachable", detail: error.code ?? "error" }));
    const transmit = (sends: number): void => {
      socket.send(request);
      timer =
        sends === MOST_SENDS
          ? clock.after(LAST_WAIT, () => resolve({ kind: "silent" }))
          : clock.after(FIRST_WAIT * 2 ** (sends - 1), () => transmit(sends + 1));
    };
    transmit(1);
  }).finally(() => {
    timer();
    signal.removeEventListener("abort", abort);
  });
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
