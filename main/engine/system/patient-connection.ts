/**
 * A TCP connection that does not wait for the system where the first packet is lost: that is sent again after a second
 * (RFC 6298 §2), then after two and four. A new connection is begun sooner instead, and the one before is given up: one
 * at a time, since small daemons hang under more.
 */
import type { Socket } from "node:net";

/** Milliseconds until the next one is begun; the last waits as long as its caller. */
const PATIENCE = [250, 600, 1200, 2400] as const;

export interface ConnectionOptions {
  /** Begins a connection. */
  readonly open: () => Socket;
  /** Runs a task after so many milliseconds, unless the answer is called. */
  readonly after: (delay: number, task: () => void) => () => void;
}

/** `done` is called once: with the connection, or with the error of the last one that failed. The answer gives up. */
export function connectPatiently(
  { open, after }: ConnectionOptions,
  done: (error: Error | null, socket: Socket | null) => void,
): () => void {
  let over: () => void = () => undefined;
  const attempt = (count: number): void => {
    const socket = open();
    const delay = PATIENCE[count];
    const cancel =
      delay === undefined
        ? () => undefined
        : after(delay, () => {
            over();
            attempt(count + 1);
          });
    const connected = (): void => {
      cancel();
      socket.off("error", failed);
      done(null, socket);
    };
    const failed = (error: Error): void => {
      cancel();
      done(error, null);
    };
    over = () => {
      cancel();
      socket.off("connect", connected);
      socket.off("error", failed);
      socket.on("error", () => undefined);
      socket.destroy();
    };
    socket.once("connect", connected);
    socket.once("error", failed);
  };
  attempt(0);
  return () => over();
}
