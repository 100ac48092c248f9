/** What every UDP socket of node:dgram shares here: binding with the system's error, and nothing that throws later. */
import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import type { UdpAddress } from "../environment.ts";

interface UdpEvents {
  onMessage(listener: (datagram: Uint8Array, from: UdpAddress) => void): void;
  onError(listener: (error: NodeJS.ErrnoException) => void): void;
  close(): void;
}

interface OpenedUdp {
  readonly socket: Socket;
  readonly events: UdpEvents;
  /** To `to`, or to the connected peer; errors go to `onError`, and after `close` nothing happens. */
  readonly send: (datagram: Uint8Array, to?: UdpAddress) => void;
}

/** Makes a socket and lets `settle` bind or connect it. Rejects with the system's error, the socket closed. */
export async function openUdpSocket(
  options: SocketOptions,
  settle: (socket: Socket) => Promise<void>,
): Promise<OpenedUdp> {
  const socket = createSocket(options);
  try {
    await settle(socket);
  } catch (error) {
    socket.close();
    throw error;
  }
  const errorListeners: ((error: NodeJS.ErrnoException) => void)[] = [];
  const fail = (error: NodeJS.ErrnoException): void => {
    for (const listener of errorListeners) listener(error);
  };
  socket.on("error", fail);
  let closed = false;
  return {
    socket,
    send(datagram, to) {
      if (closed) return;
      const sent = (error: Error | null): void => {
        if (error) fail(error);
      };
      if (to === undefined) socket.send(datagram, sent);
      else socket.send(datagram, to.port, to.address, sent);
    },
    events: {
      onMessage(listener) {
        socket.on("message", (message, from) =>
          listener(message, { address: from.address, port: from.port }),
        );
      },
      onError(listener) {
        errorListeners.push(listener);
      },
      close() {
        if (closed) return;
        closed = true;
        socket.close();
      },
    },
  };
}

/** Resolves once `act` has called back; rejects with the error that it or the socket tells. */
export function settled(
  socket: Socket,
  act: (done: (error?: Error) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    act((error) => {
      socket.off("error", reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The type of socket that `address` needs. */
export function udpTypeFor(address: string): "udp4" | "udp6" {
  return address.includes(":") ? "udp6" : "udp4";
}
