import { expect, test } from "vitest";
import { natPmpWorld } from "../../../../test/gateway/natpmp-world.ts";
import { granted, never, watch, wish } from "../../../../test/gateway/pcp-world.ts";

test("from the wanted address", async () => {
  const { clock, network, client, gateway } = natPmpWorld(1, { localAddress: "192.0.2.99" });
  const from: string[] = [];
  const connect = network.connectUdp.bind(network);
  network.connectUdp = (peer, local) => {
    from.push(local ?? "any");
    return connect(peer, local);
  };
  const outcome = watch(client.map(wish(), never));
  await clock.advance(1);
  expect(outcome.value).toEqual(granted);
  expect(from).toEqual(["192.0.2.99"]);
  expect(gateway.mappings[0]?.client).toBe("192.0.2.99");
});

test("through a router between, which the request does not name", async () => {
  const { clock, client } = natPmpWorld(1, { clientAddress: "192.168.1.50" });
  const outcome = watch(client.map(wish(), never));
  await clock.advance(1);
  expect(outcome.value).toEqual(granted);
});

test("never for another device", async () => {
  const { clock, gateway, client } = natPmpWorld();
  const opened = watch(client.map(wish({ host: "192.0.2.20" }), never));
  const closed = watch(client.unmap({ ...wish(), host: "192.0.2.20" }, never));
  await clock.advance(1);
  for (const { value } of [opened, closed])
    expect(value).toMatchObject({ kind: "refused", problem: { code: "unsupported" } });
  expect(gateway.received).toEqual([]);
});

test("IPv4 alone: over IPv6 nothing is asked", async () => {
  const { clock, network, client } = natPmpWorld(1, { address: "fe80::1%eth0" });
  const speaks = watch(client.probe(never));
  await clock.advance(1);
  expect([speaks.value, network.opened]).toEqual([false, 0]);
});
