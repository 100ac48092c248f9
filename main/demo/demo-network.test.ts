import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { silentLog } from "../../test/fixtures/environment.ts";
import type { Environment } from "../engine/environment.ts";
import { PcpClient } from "../engine/gateway/pcp/client.ts";
import type { LeaseRequest } from "../engine/gateway/port-mapper.ts";
import { nodeNetwork } from "../engine/system/node-network.ts";
import { systemClock, systemRandom } from "../engine/system/system-environment.ts";
import { type DemoEvent, type DemoNetwork, startDemoNetwork } from "./demo-network.ts";

const environment: Environment = {
  clock: systemClock,
  random: systemRandom,
  network: nodeNetwork,
  log: silentLog,
};
const patience = (): AbortSignal => AbortSignal.timeout(30_000);
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function demo(): Promise<{ network: DemoNetwork; events: DemoEvent[]; client: PcpClient }> {
  const events: DemoEvent[] = [];
  const network = await startDemoNetwork({
    onEvent: (event) => events.push(event),
    serverPort: 18_080,
    gatewayPort: 0,
  });
  closers.push(() => network.close());
  const client = new PcpClient(
    environment,
    { address: network.gateway },
    { port: network.gatewayPort },
  );
  closers.push(() => client.close());
  return { network, events, client };
}

function wish(transport: "tcp" | "udp", port: number): LeaseRequest {
  return {
    transport,
    internalPort: port,
    nonce: systemRandom.bytes(12),
    suggestedPort: port,
    suggestedAddress: null,
    lifetime: 7200,
  };
}

async function mapped(client: PcpClient, request: LeaseRequest): Promise<string> {
  const outcome = await client.map(request, patience());
  if (outcome.kind !== "granted") throw new Error(outcome.problem.message);
  return `${outcome.externalAddress}:${outcome.externalPort}`;
}

/** What the server behind `endpoint` says to a visitor from `localAddress`. */
async function visit(endpoint: string, localAddress: string): Promise<string> {
  const [host = "", port] = endpoint.split(":");
  const visitor = connect({ host, port: Number(port), localAddress });
  visitor.end("GET / HTTP/1.0\r\n\r\n");
  let said = "";
  for await (const chunk of visitor) said += String(chunk);
  return said;
}

describe("demo network", () => {
  test("a visitor gets the sample page through the endpoint, and no more after withdrawal", async () => {
    const { network, events, client } = await demo();
    await expect(client.probe(patience())).resolves.toBe(true);
    const request = wish("tcp", network.serverPort);
    const endpoint = await mapped(client, request);

    const page = await (await fetch(`http://${endpoint}/`)).text();
    expect(page).toContain("It works.");
    expect(page).toContain(endpoint);

    await expect(client.unmap(request, patience())).resolves.toEqual({ kind: "gone" });
    await expect(fetch(`http://${endpoint}/`)).rejects.toThrow("fetch failed");
    expect(events.map(({ event }) => event)).toEqual(["ready", "mapped", "unmapped"]);
  });

  test("many megabytes pass both ways through TCP, with half-close", async () => {
    const { client } = await demo();
    const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    closers.push(() => echo.close());
    const address = echo.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const endpoint = await mapped(client, wish("tcp", address.port));
    const visitor = connect(Number(endpoint.split(":")[1]), "127.0.0.1");
    const sent = Buffer.alloc(8 << 20, "homeport");
    visitor.end(sent);
    const chunks: Buffer[] = [];
    visitor.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(visitor, "end");
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  });

  test("UDP visitors each get their own answers", async () => {
    const { client } = await demo();
    const echo = createSocket("udp4", (datagram, from) =>
      echo.send(`echo ${datagram.toString()}`, from.port, from.address),
    );
    echo.bind(0, "127.0.0.1");
    await once(echo, "listening");
    closers.push(() => echo.close());
    const endpoint = await mapped(client, wish("udp", echo.address().port));
    const answers = ["one", "two"].map(async (text) => {
      const visitor = createSocket("udp4");
      closers.push(() => visitor.close());
      visitor.send(text, Number(endpoint.split(":")[1]), "127.0.0.1");
      const [datagram] = (await once(visitor, "message")) as [Buffer];
      return datagram.toString();
    });
    await expect(Promise.all(answers)).resolves.toEqual(["echo one", "echo two"]);
  });

  test.runIf(process.platform === "linux")(
    "a list of visitors lets in those alone, and another list others",
    async () => {
      const { network, client } = await demo();
      const limited = { ...wish("tcp", network.serverPort), sources: ["127.0.0.2"] };
      const endpoint = await mapped(client, limited);
      await expect(visit(endpoint, "127.0.0.2")).resolves.toContain("200 OK");
      await expect(visit(endpoint, "127.0.0.3")).rejects.toThrow("ECONNRESET");
      await mapped(client, { ...limited, sources: ["127.0.0.3", "198.51.100.0/24"] });
      await expect(visit(endpoint, "127.0.0.3")).resolves.toContain("200 OK");
      await expect(visit(endpoint, "127.0.0.2")).rejects.toThrow("ECONNRESET");
    },
  );

  test.runIf(process.platform === "linux")(
    "a UDP visitor who may not come is not heard",
    async () => {
      const { client } = await demo();
      const heard: string[] = [];
      const server = createSocket("udp4", (datagram) => heard.push(datagram.toString()));
      server.bind(0, "127.0.0.1");
      await once(server, "listening");
      closers.push(() => server.close());
      const limited = { ...wish("udp", server.address().port), sources: ["127.0.0.2"] };
      const endpoint = await mapped(client, limited);
      for (const address of ["127.0.0.3", "127.0.0.2"]) {
        const visitor = createSocket("udp4");
        closers.push(() => visitor.close());
        await new Promise<void>((resolve) => visitor.bind(0, address, resolve));
        visitor.send(address, Number(endpoint.split(":")[1]), "127.0.0.1");
      }
      await expect.poll(() => heard).toEqual(["127.0.0.2"]);
    },
  );

  test("a port that nobody listens on yet is not taken by its own mapping", async () => {
    const { network, client } = await demo();
    const free = network.serverPort + 1;
    const endpoint = await mapped(client, wish("tcp", free));
    expect(endpoint).not.toBe(`127.0.0.1:${free}`);
    const late = createServer((socket) => socket.end("late"));
    closers.push(() => late.close());
    late.listen(free, "127.0.0.1");
    await once(late, "listening");
    const visitor = connect(Number(endpoint.split(":")[1]), "127.0.0.1");
    const [data] = (await once(visitor, "data")) as [Buffer];
    expect(data.toString()).toBe("late");
  });

  test("two demo networks live side by side", async () => {
    const first = await demo();
    const second = await demo();
    expect(second.network.serverPort).not.toBe(first.network.serverPort);
    const endpoint = await mapped(second.client, wish("tcp", second.network.serverPort));
    expect((await fetch(`http://${endpoint}/`)).status).toBe(200);
  });
});
