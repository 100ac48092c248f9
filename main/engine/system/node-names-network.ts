/** The `NamesNetwork` of this PC. */
import { getServers } from "node:dns";
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, isIP } from "node:net";
import { addressScope } from "../../../shared/address-scope.ts";
import type { UdpAddress } from "../environment.ts";
import type { HttpsOutcome, HttpsRequest, NamesNetwork, TcpOutcome } from "../ddns/network.ts";

const DNS_PORT = 53;

export interface NodeNamesNetworkOptions {
  /** Certificates of authorities to trust instead of the system's, in PEM. */
  readonly ca?: string;
}

export function nodeNamesNetwork(options: NodeNamesNetworkOptions = {}): NamesNetwork {
  return { exchangeTcp, https: (request) => https(request, options), resolvers };
}

/** Messages over TCP follow their length in two bytes (RFC 1035 §4.2.2). */
function exchangeTcp(
  server: UdpAddress,
  message: Uint8Array,
  timeout: number,
): Promise<TcpOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port });
    let connected = false;
    let received = Buffer.alloc(0);
    const end = (outcome: TcpOutcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end({ kind: "failed", reason: "timeout" }), timeout);
    socket.on("connect", () => {
      connected = true;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    });
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2) return;
      const length = received.readUInt16BE();
      if (received.length < 2 + length) return;
      end({ kind: "answer", bytes: Uint8Array.from(received.subarray(2, 2 + length)) });
    });
    socket.on("error", () => end({ kind: "failed", reason: connected ? "broken" : "unreachable" }));
    socket.on("close", () => end({ kind: "failed", reason: "broken" }));
  });
}

function https(
  { method, url, headers = {}, body, timeout, maxBytes }: HttpsRequest,
  { ca }: NodeNamesNetworkOptions,
): Promise<HttpsOutcome> {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (target === null) return Promise.resolve(failed("broken", "bad address"));
  const secure = target.protocol === "https:";
  if (!secure && !(target.protocol === "http:" && isLoopback(target.hostname))) {
    return Promise.resolve(failed("broken", "not https"));
  }
  return new Promise<HttpsOutcome>((resolve) => {
    const end = (outcome: HttpsOutcome): void => {
      clearTimeout(timer);
      call.destroy();
      resolve(outcome);
    };
    const payload = body === undefined ? null : Buffer.from(body);
    const options = {
      method,
      headers: {
        ...headers,
        connection: "close",
        ...(payload === null ? {} : { "content-length": String(payload.length) }),
      },
      agent: false as const,
      maxHeaderSize: 16_384,
    };
    const call: ClientRequest = secure
      ? httpsRequest(target, { ...options, ...(ca === undefined ? {} : { ca }) })
      : httpRequest(target, options);
    const timer = setTimeout(() => end(failed("timeout", `${timeout} ms`)), timeout);
    call.on("response", (response) => read(response, maxBytes, end));
    call.on("error", (error: NodeJS.ErrnoException) => end(failureOf(error)));
    call.on("close", () => end(failed("broken", "closed")));
    call.end(payload ?? undefined);
    // What cannot be sent at all, as a token with a line break in it, is thrown at once.
  }).catch((error: unknown) => failureOf(error as NodeJS.ErrnoException));
}

function read(
  response: IncomingMessage,
  maxBytes: number,
  end: (outcome: HttpsOutcome) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) end(failed("too-large", `over ${maxBytes} bytes`));
    else chunks.push(chunk);
  });
  response.on("end", () => {
    if (!response.complete) {
      end(failed("broken", "cut off"));
      return;
    }
    end({
      kind: "answer",
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: Buffer.concat(chunks).toString("utf8"),
    });
  });
  response.on("error", () => end(failed("broken", "cut off")));
}

function failureOf({ code = "unknown" }: NodeJS.ErrnoException): HttpsOutcome {
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)) return failed("certificate", code);
  const unreachable =
    /^(ECONNREFUSED|E(NET|HOST)UNREACH|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL|ETIMEDOUT)$/;
  return failed(unreachable.test(code) ? "unreachable" : "broken", code);
}

function failed(
  reason: Extract<HttpsOutcome, { kind: "failed" }>["reason"],
  detail: string,
): HttpsOutcome {
  return { kind: "failed", reason, detail };
}

function isLoopback(hostname: string): boolean {
  const address = hostname.replaceAll(/^\[|\]$/g, "");
  return isIP(address) !== 0 && addressScope(address) === "loopback";
}

/** `getServers` writes `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`. */
function resolvers(): readonly UdpAddress[] {
  return getServers().flatMap((text): UdpAddress[] => {
    if (isIP(text) !== 0) return [{ address: text, port: DNS_PORT }];
    const match = /^\[?([^\]]+)\]?:(\d+)$/.exec(text);
    return match?.[1] !== undefined && isIP(match[1]) !== 0
      ? [{ address: match[1], port: Number(match[2]) }]
      : [];
  });
}
