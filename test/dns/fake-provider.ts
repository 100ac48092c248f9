/**
 * A provider on this PC's loopback: a real HTTP server that answers by script and remembers what came. Whatever host a
 * request is for, it comes here over plain HTTP; the real client is in between.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { NamesNetwork } from "../../main/engine/ddns/network.ts";
import { nodeNamesNetwork } from "../../main/engine/system/node-names-network.ts";

export interface ProviderCall {
  readonly method: string;
  /** `https://host/path`, as the provider would see it, without the query. */
  readonly address: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type ProviderAnswer =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | object;
    }
  /** Never answers. */
  | "silence"
  /** Answers one byte every few milliseconds, without end. */
  | "drip"
  /** Closes the connection in the middle of the answer. */
  | "cut";

export class FakeProvider {
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly calls: ProviderCall[] = [];
  /** What is answered to a call. */
  answer: (call: ProviderCall) => ProviderAnswer = () => ({ status: 500 });
  /** Milliseconds for a call in tests of silence; the providers' own otherwise. */
  timeout: number | null = null;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get last(): ProviderCall {
    const last = this.calls.at(-1);
    if (last === undefined) throw new Error("no call came");
    return last;
  }

  /** A network in which every provider is this one. */
  network(): NamesNetwork {
    const real = nodeNamesNetwork();
    const { port } = this.#server.address() as AddressInfo;
    return {
      ...real,
      https: (request) => {
        const { protocol, host, pathname, search } = new URL(request.url);
        if (protocol !== "https:") throw new Error(`${protocol} is not https`);
        return real.https({
          ...request,
          url: `http://127.0.0.1:${port}${pathname}${search}`,
          headers: { ...request.headers, "x-original-host": host },
          timeout: this.timeout ?? request.timeout,
        });
      },
    };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const url = new URL(request.url ?? "/", "http://fake");
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const call: ProviderCall = {
      method: request.method ?? "",
      address: `https://${headers["x-original-host"]}${url.pathname}`,
      query: Object.fromEntries(url.searchParams),
      headers,
      body,
    };
    this.calls.push(call);
    const answer = this.answer(call);
    if (answer === "silence") return;
    if (answer === "drip") {
      response.writeHead(200, { "content-length": "1000000" });
      const timer = setInterval(() => response.write("g"), 5);
      response.on("close", () => clearInterval(timer));
      return;
    }
    if (answer === "cut") {
      response.writeHead(200, { "content-length": "100" });
      response.write("good", () => response.destroy());
      return;
    }
    const text = typeof answer.body === "object" ? JSON.stringify(answer.body) : answer.body;
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(text ?? "");
  }
}
