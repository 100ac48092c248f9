/** A simulated world with DNS servers in it: UDP over the simulated network, TCP at once. */
import type { DnsWorld } from "../../main/engine/ddns/lookup/exchange.ts";
import type {
  HttpsOutcome,
  HttpsRequest,
  NamesNetwork,
  TcpOutcome,
} from "../../main/engine/ddns/network.ts";
import { decodeMessage, encodeMessage } from "../../main/engine/ddns/wire/message.ts";
import type { UdpAddress } from "../../main/engine/environment.ts";
import { type SimulatedEnvironment, simulatedEnvironment } from "../fixtures/environment.ts";
import { settled } from "../fixtures/simulated-clock.ts";

type Answerer = (message: Uint8Array) => Uint8Array | null;

class FakeNamesNetwork implements NamesNetwork {
  readonly #tcp = new Map<string, Answerer>();
  /** Questions that came over TCP. */
  overTcp = 0;
  resolverAddresses: readonly UdpAddress[] = [];
  /** What providers answer. */
  onHttps: (request: HttpsRequest) => Promise<HttpsOutcome> = async () => ({
    kind: "failed",
    reason: "unreachable",
    detail: "ENOTFOUND",
  });

  listen(address: UdpAddress, answer: Answerer): void {
    this.#tcp.set(`${address.address} ${address.port}`, answer);
  }

  async exchangeTcp(server: UdpAddress, message: Uint8Array): Promise<TcpOutcome> {
    this.overTcp += 1;
    const bytes = this.#tcp.get(`${server.address} ${server.port}`)?.(message) ?? null;
    return bytes === null ? { kind: "failed", reason: "unreachable" } : { kind: "answer", bytes };
  }

  https(request: HttpsRequest): Promise<HttpsOutcome> {
    return this.onHttps(request);
  }

  resolvers(): readonly UdpAddress[] {
    return this.resolverAddresses;
  }
}

export interface SimulatedDnsWorld extends DnsWorld {
  readonly environment: SimulatedEnvironment;
  readonly network: FakeNamesNetwork;
  /** Lets `answer` serve `address` over UDP and TCP. */
  serve(address: UdpAddress, answer: Answerer): void;
}

export function simulatedDnsWorld(seed = 1): SimulatedDnsWorld {
  const environment = simulatedEnvironment(seed);
  const network = new FakeNamesNetwork();
  return {
    environment,
    network,
    serve: (address, answer) => {
      network.listen(address, answer);
      const socket = environment.network.bind(address, (datagram, from) => {
        const bytes = answer(datagram);
        if (bytes === null) return;
        socket.send(bytes.length > 512 ? truncate(bytes) : bytes, from);
      });
    },
  };
}

/** What `work` comes to within `milliseconds` of simulated time; fails when it takes longer. */
export async function inTime<T>(
  { environment }: SimulatedDnsWorld,
  work: Promise<T>,
  milliseconds = 60_000,
): Promise<T> {
  await environment.clock.advance(milliseconds);
  const late = async (): Promise<never> => {
    await settled();
    throw new Error(`not done in ${milliseconds} ms`);
  };
  return Promise.race([work, late()]);
}

function truncate(bytes: Uint8Array): Uint8Array {
  const decoded = decodeMessage(bytes);
  if (decoded.kind === "invalid") return bytes;
  const none = { answers: [], authority: [], additional: [] };
  return encodeMessage({ ...decoded.message, ...none, truncated: true });
}
