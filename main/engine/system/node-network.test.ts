import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { nodeNetwork } from "./node-network.ts";

test("a peer that cannot be reached from the wanted address: the system's error", async () => {
  const peer = { address: "192.0.2.1", port: 9 };
  await expect(nodeNetwork.connectUdp(peer, "127.0.0.1")).rejects.toThrow(/EINVAL|EADDRNOTAVAIL/);
  await expect(nodeNetwork.connectUdp(peer, "192.0.2.77")).rejects.toThrow("EADDRNOTAVAIL");
});

test.runIf(process.platform === "linux")("sends from the wanted address", async () => {
  const server = createSocket("udp4");
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  const heard = once(server, "message");
  const peer = { address: "127.0.0.1", port: server.address().port };
  const socket = await nodeNetwork.connectUdp(peer, "127.0.0.2");
  socket.send(Uint8Array.of(1));
  const [, from] = (await heard) as [Buffer, { address: string; port: number }];
  expect({ address: from.address, port: from.port }).toEqual(socket.local);
  expect(from.address).toBe("127.0.0.2");
  socket.close();
  socket.send(Uint8Array.of(2));
  server.close();
});

test("this PC's routes can be read", async () => {
  for (const route of await nodeNetwork.defaultRoutes()) {
    expect(route.interface).not.toBe("");
    const address = await nodeNetwork.stableAddress6(route.interface);
    expect(address === null || address.includes(":")).toBe(true);
  }
});
