/** What names need of the network beyond connected UDP: DNS over TCP, HTTPS to providers, the system's resolvers. */
import type { UdpAddress } from "../environment.ts";

export interface HttpsRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `https:`; `http:` to a loopback address alone, since credentials travel in it. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole exchange, however slowly it drips. */
  readonly timeout: number;
  /** Bytes of the answer's body. */
  readonly maxBytes: number;
}

/** Redirects are answers like any other: credentials are never sent on. Details hold no URL, since it may hold secrets. */
export type HttpsOutcome =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly kind: "failed";
      readonly reason: "unreachable" | "timeout" | "too-large" | "broken" | "certificate";
      /** The system's code. */
      readonly detail: string;
    };

export type TcpOutcome =
  | { readonly kind: "answer"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly reason: "unreachable" | "timeout" | "broken" };

export interface NamesNetwork {
  /** One DNS message there and one back (RFC 7766) within `timeout` milliseconds. Never rejects. */
  exchangeTcp(server: UdpAddress, message: Uint8Array, timeout: number): Promise<TcpOutcome>;
  /** Never rejects. */
  https(request: HttpsRequest): Promise<HttpsOutcome>;
  /** The recursive resolvers this PC is set to use. */
  resolvers(): readonly UdpAddress[];
}
