import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type StatusServer, serveStatus } from "./status-server.ts";

const loopback = { interface: "lo", family: 4, address: "127.0.0.1", prefixLength: 8 } as const;
const elsewhere = { ...loopback, address: "192.0.2.10", prefixLength: 24 };
const servers: StatusServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(own: readonly (typeof loopback | typeof elsewhere)[] = [loopback]) {
  const server = await serveStatus({
    address: "127.0.0.1",
    version: "1.2.3",
    localAddresses: () => own,
  });
  servers.push(server);
  return server.port;
}

test("tells name and version, nothing else", async () => {
  const port = await serve();
  const page = await fetch(`http://127.0.0.1:${port}/`);
  expect(await page.json()).toEqual({ name: "Homeport", version: "1.2.3" });
  expect((await fetch(`http://127.0.0.1:${port}/settings`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/`, { method: "POST" })).status).toBe(405);
});

test("answers nobody from another network", async () => {
  const port = await serve([elsewhere]);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow("fetch failed");
});

test("bears few connections at once, and drops the others", async () => {
  const port = await serve();
  const sockets = Array.from({ length: 40 }, () => connect(port, "127.0.0.1"));
  const closed = sockets.map(async (socket) => {
    socket.on("error", () => undefined);
    socket.resume();
    await once(socket, "close");
  });
  let count = 0;
  for (const one of closed) void one.then(() => (count += 1));
  await expect.poll(() => count).toBe(24);
  for (const socket of sockets) socket.destroy();
});
