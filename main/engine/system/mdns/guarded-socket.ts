/** The UDP socket under bonjour-service, which itself trusts whatever comes and throws when it cannot bind. */
import { type Socket, createSocket } from "node:dgram";
import type { Clock } from "../../environment.ts";

export interface GuardedSocketOptions {
  readonly clock: Clock;
  readonly port: number;
  /** True for what is listened to. */
  readonly accepts: (from: string, datagram: Uint8Array) => boolean;
  /** A datagram that the library could not bear, or an error of the socket. */
  readonly onTrouble: (why: string) => void;
}

/** Bytes; RFC 6762 §17 allows no more. */
const largest = 9000;
/** Datagrams a second, from all senders together; the rest is lost. */
const mostPerSecond = 100;

/** Resolves once it listens on all addresses, beside whoever else does; rejects with the system's error. */
export async function openGuardedSocket(options: GuardedSocketOptions): Promise<Socket> {
  const { clock, port, accepts, onTrouble } = options;
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  const emit = socket.emit.bind(socket) as (event: string, ...values: unknown[]) => boolean;
  let second = 0;
  let count = 0;
  const admits = (datagram: Uint8Array, from: string): boolean => {
    const now = Math.floor(clock.monotonic() / 1000);
    if (now !== second) count = 0;
    second = now;
    count += 1;
    return count <= mostPerSecond && datagram.length <= largest && accepts(from, datagram);
  };
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  const guarded = (event: string, ...values: unknown[]): boolean => {
    if (event === "error") {
      onTrouble((values[0] as NodeJS.ErrnoException | undefined)?.code ?? "error");
      return true;
    }
    if (event === "message") {
      const [datagram, from] = values as [Uint8Array, { readonly address: string }];
      if (!admits(datagram, from.address)) return false;
    }
    try {
      return emit(event, ...values);
    } catch (error) {
      onTrouble(error instanceof Error ? error.name : "error");
      return false;
    }
  };
  socket.emit = guarded as typeof socket.emit;
  return socket;
}
