/** The `Lan` of this PC: node:dgram, node:http and the system's interfaces, with limits on what comes in. */
import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type {
  HttpOutcome,
  HttpRequest,
  Lan,
  LocalAddress,
  MulticastListener,
  MulticastOptions,
  OpenUdpOptions,
  OpenUdpSocket,
} from "../environment.ts";
import { headersOf, hearHttp } from "./http-listener.ts";
import { connectPatiently } from "./patient-connection.ts";
import { openUdpSocket, settled, udpTypeFor } from "./udp-socket.ts";

export const nodeLan: Lan = { openUdp, listenMulticast, http, hearHttp, localAddresses };

/** Hops: two reach what stands on this link and behind one bridge that counts; UPnP Device Architecture 1.1 §1.3.2. */
const MULTICAST_TTL = 2;
const MAX_HEADERS = 16_384;

async function openUdp({ address }: OpenUdpOptions): Promise<OpenUdpSocket> {
  const { socket, send, events } = await openUdpSocket(
    { type: udpTypeFor(address) },
    async (opened) => {
      await settled(opened, (done) => opened.bind({ port: 0, address, exclusive: false }, done));
      opened.setMulticastInterface(address);
      opened.setMulticastTTL(MULTICAST_TTL);
    },
  );
  return { ...events, local: { address, port: socket.address().port }, sendTo: send };
}

async function listenMulticast({ group, port }: MulticastOptions): Promise<MulticastListener> {
  const family = group.includes(":") ? 6 : 4;
  // Others hear this port too: the system's own mDNS responder on macOS, for one.
  const { socket, events } = await openUdpSocket(
    { type: udpTypeFor(group), reuseAddr: true, ipv6Only: family === 6 },
    (opened) => settled(opened, (done) => opened.bind({ port, exclusive: false }, done)),
  );
  for (const membership of memberships(family)) {
    try {
      socket.addMembership(group, membership);
    } catch {
      // An interface that takes no part in multicast, or is named twice; the others count.
    }
  }
  return events;
}

/** How `addMembership` names the interfaces: IPv4 by an address, IPv6 by name, on Windows by number. */
function memberships(family: 4 | 6): readonly string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap((address) => {
      if (family === 4) return address.family === "IPv4" ? [address.address] : [];
      if (address.family === "IPv4" || !address.address.startsWith("fe80:")) return [];
      return [`::%${process.platform === "win32" ? address.scopeid : name}`];
    }),
  );
}

function http(wanted: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    let localAddress = wanted.localAddress ?? "";
    let connected = false;
    let giveUp: () => void = () => undefined;
    const request = httpRequest(wanted.url, {
      method: wanted.method,
      headers: {
        ...wanted.headers,
        ...(wanted.body === undefined
          ? {}
          : { "content-length": String(Buffer.byteLength(wanted.body)) }),
        "user-agent": "Homeport/0.1 UPnP/1.1",
        connection: "close",
      },
      // A connection of its own: routers close them when they like.
      createConnection: (_options, created) => {
        giveUp = connectTo(wanted, (error, socket) => {
          connected = socket !== null;
          localAddress = socket?.localAddress ?? localAddress;
          if (socket !== null) created(null, socket);
          else failed(error);
        });
        return undefined;
      },
      maxHeaderSize: MAX_HEADERS,
      // The servers of routers are sloppy with line ends and lengths; nothing is kept open after the answer.
      insecureHTTPParser: true,
    });
    const settle = (outcome: HttpOutcome): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(outcome);
      giveUp();
      request.destroy();
    };
    const fail = (
      reason: Extract<HttpOutcome, { kind: "failed" }>["reason"],
      detail: string,
    ): void => settle({ kind: "failed", reason, detail });
    const timer = setTimeout(() => fail("timeout", `${wanted.timeout} ms`), wanted.timeout);
    const abort = (): void => fail("aborted", "");
    const failed = (error: NodeJS.ErrnoException | null): void =>
      fail(connected ? "broken" : "unreachable", error?.code ?? error?.message ?? "");
    request.on("error", failed);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > wanted.maxBytes) fail("too-large", `more than ${wanted.maxBytes} bytes`);
      });
      const answer = (): void =>
        settle({
          kind: "answer",
          status: response.statusCode ?? 0,
          headers: headersOf(response),
          body: Buffer.concat(chunks).toString("utf8"),
          localAddress,
        });
      response.on("end", answer);
      // Promised more bytes than it sent, as some do: what came is for the reader to judge.
      response.on("error", () => (length > 0 ? answer() : fail("broken", "ended early")));
    });
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    request.end(wanted.body);
  });
}

/** `url` has an IP literal, as what leads elsewhere is refused before. */
function connectTo(
  { url, localAddress }: HttpRequest,
  done: (error: Error | null, socket: Socket | null) => void,
): () => void {
  const { hostname, port } = new URL(url);
  const to = {
    host: hostname.replaceAll(/[[\]]/g, ""),
    port: port === "" ? 80 : Number(port),
    ...(localAddress !== undefined && { localAddress }),
  };
  const after = (delay: number, task: () => void): (() => void) => {
    const timer = setTimeout(task, delay);
    return () => clearTimeout(timer);
  };
  return connectPatiently({ open: () => connect(to), after }, done);
}

function localAddresses(): readonly LocalAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ family, address, cidr }) => ({
      interface: name,
      family: family === "IPv4" ? (4 as const) : (6 as const),
      address,
      prefixLength: Number(cidr?.split("/")[1] ?? (family === "IPv4" ? 32 : 128)),
    })),
  );
}
