/** The `Lan` of this PC: node:dgram, node:http and the system's interfaces, with limits on what comes in. */
import { createSocket } from "node:dgram";
import { request as httpRequest } from "node:http";
import { networkInterfaces } from "node:os";
import type {
  HttpOutcome,
  HttpRequest,
  Lan,
  LocalAddress,
  OpenUdpOptions,
  OpenUdpSocket,
} from "./environment.ts";

export const nodeLan: Lan = { openUdp, http, localAddresses };

/** Hops: two reach what stands on this link and behind one bridge that counts; UPnP Device Architecture 1.1 §1.3.2. */
const MULTICAST_TTL = 2;
const MAX_HEADERS = 16_384;

async function openUdp({ address }: OpenUdpOptions): Promise<OpenUdpSocket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, address, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    socket.setMulticastInterface(address);
    socket.setMulticastTTL(MULTICAST_TTL);
  } catch (error) {
    socket.close();
    throw error;
  }
  const errorListeners: ((error: NodeJS.ErrnoException) => void)[] = [];
  const fail = (error: NodeJS.ErrnoException): void => {
    for (const listener of errorListeners) listener(error);
  };
  socket.on("error", fail);
  let closed = false;
  return {
    local: { address, port: socket.address().port },
    sendTo(datagram, to) {
      if (closed) return;
      socket.send(datagram, to.port, to.address, (error) => {
        if (error) fail(error);
      });
    },
    onMessage(listener) {
      socket.on("message", (message, from) =>
        listener(message, { address: from.address, port: from.port }),
      );
    },
    onError(listener) {
      errorListeners.push(listener);
    },
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}

function http(wanted: HttpRequest, signal: AbortSignal): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    let localAddress = wanted.localAddress ?? "";
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
      agent: false,
      ...(wanted.localAddress === undefined ? {} : { localAddress: wanted.localAddress }),
      maxHeaderSize: MAX_HEADERS,
      // The servers of routers are sloppy with line ends and lengths; nothing is kept open after the answer.
      insecureHTTPParser: true,
    });
    const settle = (outcome: HttpOutcome): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(outcome);
      request.destroy();
    };
    const fail = (
      reason: Extract<HttpOutcome, { kind: "failed" }>["reason"],
      detail: string,
    ): void => settle({ kind: "failed", reason, detail });
    const timer = setTimeout(() => fail("timeout", `${wanted.timeout} ms`), wanted.timeout);
    const abort = (): void => fail("aborted", "");
    let connected = false;
    request.on("socket", (socket) =>
      socket.once("connect", () => {
        connected = true;
        localAddress = socket.localAddress ?? localAddress;
      }),
    );
    request.on("error", (error: NodeJS.ErrnoException) =>
      fail(connected ? "broken" : "unreachable", error.code ?? error.message),
    );
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
