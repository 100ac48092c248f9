/** Servers on loopback for tests, as hostile as wanted, and a question to them on a simulated clock. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import type { AskProtocol } from "../../../../shared/services/schema.ts";
import { SeededRandom } from "../../../../test/fixtures/seeded-random.ts";
import { settled, SimulatedClock } from "../../../../test/fixtures/simulated-clock.ts";
import type { UdpSocket } from "../../environment.ts";
import { nodeNetwork } from "../../system/node-network.ts";
import { ask } from "./ask.ts";
import type { AskOutcome } from "./exchange.ts";
import { tcpExchange } from "./tcp-exchange.ts";

const closers: (() => void)[] = [];
/** Datagrams, connections and exchanges that are on their way between the two. */
let underWay = 0;

/** To be called after each test. */
export function closeServers(): void {
  for (const close of closers.splice(0)) close();
  underWay = 0;
}

/**
 * Resolves when all that was sent has come, and what it led to: what the simulated clock does from then on is to wait.
 * For servers that answer nothing but what they were asked, in this process.
 */
export async function quiet(): Promise<void> {
  for (let turns = 0; turns < 3; turns = underWay === 0 ? turns + 1 : 0) await settled();
}

export function promised(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export interface Asked {
  readonly outcome: Promise<AskOutcome>;
  readonly clock: SimulatedClock;
}

export function askAt(protocol: AskProtocol, port: number): Asked {
  const clock = new SimulatedClock();
  const overTcp = tcpExchange(clock);
  const tools = {
    clock,
    random: new SeededRandom(),
    network: { connectUdp: (...to: Parameters<typeof nodeNetwork.connectUdp>) => connectUdp(to) },
    exchangeTcp: (...exchange: Parameters<typeof overTcp>) => pending(overTcp(...exchange)),
  };
  return { outcome: ask(protocol, { address: "127.0.0.1", port }, tools), clock };
}

async function pending<T>(work: Promise<T>): Promise<T> {
  underWay += 1;
  try {
    return await work;
  } finally {
    underWay -= 1;
  }
}

async function connectUdp(to: Parameters<typeof nodeNetwork.connectUdp>): Promise<UdpSocket> {
  const socket = await pending(nodeNetwork.connectUdp(...to));
  return {
    local: socket.local,
    send: (datagram) => {
      underWay += 1;
      socket.send(datagram);
    },
    onMessage: (listener) =>
      socket.onMessage((datagram, from) => {
        underWay -= 1;
        listener(datagram, from);
      }),
    onError: (listener) => socket.onError(listener),
    close: () => socket.close(),
  };
}

export async function listenTcp(
  serve: (socket: Socket) => void,
): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    closers.push(() => socket.destroy());
    serve(socket);
  });
  closers.push(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, server };
}

type Reply = (datagram: Uint8Array) => void;

export async function listenUdp(
  serve: (datagram: Buffer, reply: Reply) => void,
  port = 0,
): Promise<number> {
  const socket = createSocket("udp4");
  closers.push(() => socket.close());
  socket.on("message", (datagram, from) => {
    underWay -= 1;
    serve(datagram, (bytes) => {
      underWay += 1;
      socket.send(bytes, from.port, from.address);
    });
  });
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return socket.address().port;
}
