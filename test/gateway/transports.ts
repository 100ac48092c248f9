/** What carries the fake gateway's datagrams: the simulated network, or real UDP on loopback. */
import { createSocket, type Socket } from "node:dgram";
import type { UdpAddress } from "../../main/engine/environment.ts";
import type { SimulatedNetwork } from "../fixtures/simulated-network.ts";

/** From where a reply comes: the gateway's own address and port, or a wrong one. */
export type ReplySource = "own" | "other-address" | "other-port";

export interface GatewayTransport {
  readonly address: UdpAddress;
  onMessage(listener: (datagram: Uint8Array, from: UdpAddress) => void): void;
  send(datagram: Uint8Array, to: UdpAddress, source: ReplySource): void;
  close(): Promise<void>;
}

export function simulatedTransport(
  network: SimulatedNetwork,
  address: UdpAddress = { address: "192.0.2.1", port: 5351 },
): GatewayTransport {
  const sources: Record<ReplySource, UdpAddress> = {
    own: address,
    "other-address": { address: "192.0.2.66", port: address.port },
    "other-port": { address: address.address, port: address.port + 1 },
  };
  let listener: (datagram: Uint8Array, from: UdpAddress) => void = () => {};
  const socket = network.bind(address, (datagram, from) => listener(datagram, from));
  return {
    address,
    onMessage: (wanted) => {
      listener = wanted;
    },
    send: (datagram, to, source) => socket.send(datagram, to, sources[source]),
    close: async () => socket.close(),
  };
}

/** One gateway at several addresses: it answers by the one that it was asked at last. */
export function severalDoors(doors: readonly GatewayTransport[]): GatewayTransport {
  const [first] = doors;
  if (first === undefined) throw new Error("a gateway has an address");
  let last = first;
  return {
    address: first.address,
    onMessage: (listener) => {
      for (const door of doors) {
        door.onMessage((datagram, from) => {
          last = door;
          listener(datagram, from);
        });
      }
    },
    send: (...reply) => last.send(...reply),
    close: async () => void (await Promise.all(doors.map((door) => door.close()))),
  };
}

/** One port for PCP and NAT-PMP, as on a real gateway: what comes in version 0 goes to the second. */
export function byVersion(
  transport: GatewayTransport,
): readonly [pcp: GatewayTransport, natPmp: GatewayTransport] {
  const listeners: Parameters<GatewayTransport["onMessage"]>[0][] = [];
  transport.onMessage((datagram, from) => listeners[datagram[0] === 0 ? 1 : 0]?.(datagram, from));
  const side = (index: 0 | 1): GatewayTransport => ({
    ...transport,
    onMessage: (listener) => {
      listeners[index] = listener;
    },
  });
  return [side(0), side(1)];
}

/**
 * Real sockets on 127.0.0.0/8 (of which Linux has all, other systems only 127.0.0.1); port 0 takes a free one.
 * The wrong sources are a second port, and `otherAddress`.
 */
export async function loopbackTransport(
  address: UdpAddress = { address: "127.0.0.1", port: 0 },
  otherAddress = "127.66.0.1",
): Promise<GatewayTransport> {
  const own = await bound(address);
  const port = own.address().port;
  const otherPort = await bound({ address: address.address, port: 0 });
  const elsewhere =
    process.platform === "linux" ? await bound({ address: otherAddress, port }) : otherPort;
  const sources: Record<ReplySource, Socket> = {
    own,
    "other-address": elsewhere,
    "other-port": otherPort,
  };
  return {
    address: { address: address.address, port },
    onMessage: (listener) =>
      void own.on("message", (datagram, from) =>
        listener(datagram, { address: from.address, port: from.port }),
      ),
    send: (datagram, to, source) => sources[source].send(datagram, to.port, to.address),
    close: async () => {
      await Promise.all([...new Set(Object.values(sources))].map(closed));
    },
  };
}

function bound({ address, port }: UdpAddress): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, () => resolve(socket));
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(resolve);
  });
}
