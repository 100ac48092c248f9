/** Forwards UDP from an external port to the server behind it: one socket per visitor, as a NAT's bindings. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { UdpAddress } from "../engine/environment.ts";
import type { OpenPort, PortWish } from "./port-wish.ts";

/** Milliseconds without traffic after which a visitor is forgotten (RFC 4787 §4.3 asks for two minutes). */
const IDLE = 120_000;
/** Visitors at a time; the one that was quiet longest makes room. */
const MOST_VISITORS = 512;

interface Visitor {
  readonly socket: Socket;
  idle: NodeJS.Timeout;
}

/** Null when the port cannot be had. Port 0 takes a free one. */
export function forwardUdp(
  external: UdpAddress,
  internal: UdpAddress,
  admits: PortWish["admits"],
): Promise<OpenPort | null> {
  const family = external.address.includes(":") ? "udp6" : "udp4";
  const outside = createSocket(family);
  // In order of last use, so that the first is the one that was quiet longest.
  const visitors = new Map<string, Visitor>();

  const forget = (key: string, visitor: Visitor): void => {
    clearTimeout(visitor.idle);
    if (visitors.get(key) === visitor) visitors.delete(key);
    visitor.socket.close();
  };
  const touch = (key: string, visitor: Visitor): void => {
    visitors.delete(key);
    visitors.set(key, visitor);
    visitor.idle.refresh();
  };
  const admit = (key: string, from: RemoteInfo): Visitor => {
    for (const [oldest, visitor] of visitors) {
      if (visitors.size < MOST_VISITORS) break;
      forget(oldest, visitor);
    }
    const socket = createSocket(internal.address.includes(":") ? "udp6" : "udp4");
    const visitor: Visitor = {
      socket,
      idle: setTimeout(() => forget(key, visitor), IDLE).unref(),
    };
    socket.on("message", (datagram, source) => {
      if (source.port !== internal.port || visitors.get(key) !== visitor) return;
      touch(key, visitor);
      outside.send(datagram, from.port, from.address);
    });
    // A server that does not listen yet (ICMP) is no reason to drop the visitor.
    socket.on("error", () => undefined);
    visitors.set(key, visitor);
    return visitor;
  };

  outside.on("message", (datagram, from) => {
    if (!admits(from)) return;
    const key = `${from.address} ${from.port}`;
    const visitor = visitors.get(key) ?? admit(key, from);
    touch(key, visitor);
    visitor.socket.send(datagram, internal.port, internal.address);
  });
  return new Promise((resolve) => {
    outside.once("error", () => {
      outside.close();
      resolve(null);
    });
    outside.bind(external.port, external.address, () => {
      outside.removeAllListeners("error");
      outside.on("error", () => undefined);
      resolve({
        externalPort: outside.address().port,
        close: () => {
          for (const [key, visitor] of visitors) forget(key, visitor);
          outside.close();
        },
      });
    });
  });
}
