/** Servers on loopback for tests, as hostile as wanted, and a question to them on a simulated clock. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import type { AskProtocol } from "../../../../shared/services/schema.ts";
import { SeededRandom } from "../../../../test/fixtures/seeded-random.ts";
import { SimulatedClock } from "../../../../test/fixtures/simulated-clock.ts";
import { nodeNetwork } from "../../system/node-network.ts";
import { ask } from "./ask.ts";
import type { AskOutcome } from "./exchange.ts";
import { tcpExchange } from "./tcp-exchange.ts";

const closers: (() => void)[] = [];

/** To be called after each test. */
export function closeServers(): void {
  for (const close of closers.splice(0)) close();
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
  const tools = {
    clock,
    random: new SeededRandom(),
    network: nodeNetwork,
    exchangeTcp: tcpExchange(clock),
  };
  return { outcome: ask(protocol, { address: "127.0.0.1", port }, tools), clock };
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
  socket.on("message", (datagram, from) =>
    serve(datagram, (bytes) => socket.send(bytes, from.port, from.address)),
  );
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return socket.address().port;
}
