/** `ExchangeTcp` over a real connection. */
import { connect } from "node:net";
import type { Clock } from "../../environment.ts";
import { type ExchangeTcp, type TcpReply, codeOf, patience } from "./exchange.ts";

/** Each piece costs a look at all before it: a server that drips byte by byte is not read to the end. */
const mostPieces = 512;

export function tcpExchange(clock: Clock): ExchangeTcp {
  return ({ to, send, maxBytes, isEnough }) =>
    new Promise((resolve) => {
      const socket = connect({ host: to.address, port: to.port });
      const pieces: Uint8Array[] = [];
      let length = 0;
      let settled = false;
      const end = (reply: TcpReply): void => {
        if (settled) return;
        settled = true;
        cancel();
        socket.destroy();
        resolve(reply);
      };
      const bytes = (why: "enough" | "closed" | "timeout" | "too-large"): void =>
        end({ kind: "bytes", bytes: Buffer.concat(pieces, length), end: why });
      const cancel = clock.after(patience, () => bytes("timeout"));
      socket.on("connect", () => {
        if (send.length > 0) socket.write(send);
      });
      socket.on("data", (piece) => {
        const room = maxBytes - length;
        pieces.push(piece.subarray(0, room));
        length += Math.min(piece.length, room);
        if (isEnough(Buffer.concat(pieces, length))) bytes("enough");
        else if (piece.length >= room || pieces.length >= mostPieces) bytes("too-large");
      });
      socket.on("end", () => bytes("closed"));
      // A server that resets after it spoke has still spoken.
      socket.on("error", (error) =>
        length > 0 ? bytes("closed") : end({ kind: "failed", detail: codeOf(error) }),
      );
    });
}
