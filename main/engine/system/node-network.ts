/** The `Network` of this PC: node:dgram sockets and the system's routes. */
import { lookup } from "node:dns/promises";
import type { Network, UdpAddress, UdpSocket } from "../environment.ts";
import { readPcpServers } from "./route/pcp-servers.ts";
import { secondHop } from "./route/second-hop.ts";
import { systemRoutes } from "./route/system-routes.ts";
import { nodeLan } from "./node-lan.ts";
import { openUdpSocket, settled, udpTypeFor } from "./udp-socket.ts";

export const nodeNetwork: Network = {
  connectUdp,
  defaultRoutes: async () => (await known()).routes(),
  stableAddress6: async (name) => (await known()).stableAddress6(name),
  addresses4: async (hostName) =>
    (await lookup(hostName, { family: 4, all: true })).map(({ address }) => address),
  linkAddress: async (address) => (await known()).linkAddress(address),
  secondHop,
  pcpServers: () => readPcpServers(nodeLan.localAddresses()),
};

/** Milliseconds between looks at the routes: a file on Linux, a process elsewhere. */
export const ROUTE_POLL = process.platform === "linux" ? 2000 : 15_000;

async function connectUdp(peer: UdpAddress, localAddress?: string): Promise<UdpSocket> {
  const { socket, send, events } = await openUdpSocket(
    { type: udpTypeFor(peer.address) },
    async (opened) => {
      if (localAddress !== undefined) {
        await settled(opened, (done) => opened.bind({ port: 0, address: localAddress }, done));
      }
      await settled(opened, (done) => opened.connect(peer.port, peer.address, done));
    },
  );
  const { address, port } = socket.address();
  return { ...events, local: { address, port }, send: (datagram) => send(datagram) };
}

async function known(): Promise<NonNullable<typeof systemRoutes>> {
  if (systemRoutes === undefined) {
    throw new Error(`no way to read the routes of ${process.platform}`);
  }
  return systemRoutes;
}
