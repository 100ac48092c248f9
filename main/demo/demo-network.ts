/** The demo network: a PCP gateway on loopback that really forwards, and a web server behind it. */
import { createSocket, type Socket } from "node:dgram";
import { PCP_SERVER_PORT } from "../engine/gateway/pcp/messages.ts";
import type { Endpoint, Transport } from "../../shared/snapshot.ts";
import { PcpServer, type ServerMapping } from "./pcp-server.ts";
import { loopbackPortOpener } from "./port-opener.ts";
import { type SampleWebServer, startSampleWebServer } from "./sample-web-server.ts";

export type DemoEvent =
  | {
      readonly event: "ready";
      /** IP address to give as gateway; its PCP server is on the usual port. */
      readonly gateway: string;
      readonly server: { readonly transport: Transport; readonly port: number };
    }
  | {
      readonly event: "mapped" | "unmapped";
      readonly transport: Transport;
      readonly internalPort: number;
      readonly endpoint: Endpoint;
    };

export interface DemoNetworkOptions {
  readonly onEvent: (event: DemoEvent) => void;
  /** First port tried for the sample web server. */
  readonly serverPort?: number;
  /** UDP port of the gateway; 0 takes a free one. */
  readonly gatewayPort?: number;
  /** How the web server is started; within this process unless told. */
  readonly startServer?: (firstPort?: number) => Promise<SampleWebServer>;
}

export interface DemoNetwork {
  readonly gateway: string;
  readonly gatewayPort: number;
  readonly serverPort: number;
  /** Withdraws every mapping and stops. */
  close(): void;
}

const EXTERNAL_ADDRESS = "127.0.0.1";
/** Milliseconds between looks for ended mappings. */
const EXPIRY_CHECK = 1000;

/** Rejects when no gateway address or server port is free. */
export async function startDemoNetwork(options: DemoNetworkOptions): Promise<DemoNetwork> {
  const { onEvent, serverPort, gatewayPort = PCP_SERVER_PORT } = options;
  const { startServer = startSampleWebServer } = options;
  const server = new PcpServer({
    externalAddress: EXTERNAL_ADDRESS,
    startedAt: performance.now(),
    openPort: loopbackPortOpener(EXTERNAL_ADDRESS),
    knows: new Set(["port-set", "filter"]),
    onMapped: (mapping) => onEvent(mappingEvent("mapped", mapping)),
    onUnmapped: (mapping) => onEvent(mappingEvent("unmapped", mapping)),
  });
  const { socket, address } = await bindGateway(gatewayPort);
  socket.on("message", (datagram, from) => {
    void server.handle(datagram, from, performance.now()).then((reply) => {
      if (reply !== null) socket.send(reply, from.port, from.address, () => undefined);
      return undefined;
    });
  });
  const expiry = setInterval(() => server.expire(performance.now()), EXPIRY_CHECK);
  const closeGateway = (): void => {
    clearInterval(expiry);
    socket.close();
    server.reset(performance.now());
  };
  try {
    const web = await startServer(serverPort);
    onEvent({ event: "ready", gateway: address, server: { transport: "tcp", port: web.port } });
    return {
      gateway: address,
      gatewayPort: socket.address().port,
      serverPort: web.port,
      close: () => {
        closeGateway();
        web.close();
      },
    };
  } catch (error) {
    closeGateway();
    throw error;
  }
}

/** Linux owns all of 127.0.0.0/8, so the gateway gets an address of its own there, and a second demo another. */
function gatewayAddresses(): readonly string[] {
  return process.platform === "linux"
    ? Array.from({ length: 8 }, (_, index) => `127.77.0.${index + 1}`)
    : ["127.0.0.1"];
}

async function bindGateway(port: number): Promise<{ socket: Socket; address: string }> {
  let failure: unknown = null;
  for (const address of gatewayAddresses()) {
    const socket = createSocket("udp4");
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.bind(port, address, resolve);
      });
      socket.removeAllListeners("error");
      // A client that went away before its answer is no fault of ours.
      socket.on("error", () => undefined);
      return { socket, address };
    } catch (error) {
      socket.close();
      failure = error;
    }
  }
  throw failure;
}

function mappingEvent(event: "mapped" | "unmapped", mapping: ServerMapping): DemoEvent {
  const { transport, internal, externalAddress, externalPort } = mapping;
  return {
    event,
    transport,
    internalPort: internal.port,
    endpoint: { address: externalAddress, port: externalPort },
  };
}
